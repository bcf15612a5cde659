import { statfs } from 'node:fs/promises';
import type { RegionStore } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface HeartbeatDeps {
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'spacesWithOutbox' | 'outboxSize' | 'heldBytes'>;
  readonly hub: Pick<HubPort, 'heartbeat'>;
  readonly dataFolder: string;
}

/** This region lives, and has this much room. */
export async function sendHeartbeat({ region, store, hub, dataFolder }: HeartbeatDeps): Promise<void> {
  const disk = await statfs(dataFolder);
  const spaces = await store.spacesWithOutbox();
  const outbox = await Promise.all(spaces.map((space) => store.outboxSize(space)));
  await hub.heartbeat(region, {
    diskFreeBytes: disk.bavail * disk.bsize,
    diskTotalBytes: disk.blocks * disk.bsize,
    heldBytes: await store.heldBytes(),
    outbox: outbox.reduce((sum, size) => sum + size, 0),
  });
}
