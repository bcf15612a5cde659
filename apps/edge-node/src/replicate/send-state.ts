import type { RegionStore } from '@jzse/db/region';
import { comparePositions, type RegionId, type SpaceId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface SendStateDeps {
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'cursor' | 'confirmedPage' | 'acknowledgedCounters'>;
  readonly hub: Pick<HubPort, 'seed'>;
}

/** Effects in one page: an entry may carry many heads. */
const pageEffectsMax = 500;

/** The confirmed state of a space becomes the start of the hub's empty log, page by page. Throws if the feed moved meanwhile: send all of it again then. */
export async function sendState({ region, store, hub }: SendStateDeps, space: SpaceId, signal: AbortSignal): Promise<void> {
  const { position, forks } = await store.cursor(space);
  const acknowledged = await store.acknowledgedCounters(space);
  let after: string | null = null;
  for (let page = 0; ; page++) {
    signal.throwIfAborted();
    const { items, next }: Awaited<ReturnType<RegionStore['confirmedPage']>> = await store.confirmedPage(space, {
      after,
      limit: pageEffectsMax,
    });
    if (comparePositions((await store.cursor(space)).position, position) !== 0)
      throw new Error(`the feed of ${space} moved while its state was sent to the hub`);
    const last = next === null ? { position, forks, acknowledged } : null;
    await hub.seed({ space, region, page, effects: items, last });
    if (next === null) return;
    after = next;
  }
}
