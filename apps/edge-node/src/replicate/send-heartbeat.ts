import type { RegionStore } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface HeartbeatDeps {
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'spacesWithOutbox' | 'outboxSize' | 'heldBytes'>;
  readonly hub: Pick<HubPort, 'heartbeat'>;
  readonly readDisk: ReadDisk;
}
/** Of the disk that holds this region's data. */
export type ReadDisk = () => Promise<{ readonly freeBytes: number; readonly totalBytes: number }>;

/** This region lives, and has this much room. */
export async function sendHeartbeat({ region, store, hub, readDisk }: HeartbeatDeps): Promise<void> {
  const disk = await readDisk();
  const spaces = await store.spacesWithOutbox();
  const outbox = await Promise.all(spaces.map((space) => store.outboxSize(space)));
  await hub.heartbeat(region, {
    diskFreeBytes: disk.freeBytes,
    diskTotalBytes: disk.totalBytes,
    heldBytes: await store.heldBytes(),
    outbox: outbox.reduce((sum, size) => sum + size, 0),
  });
}
