import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { hubRegion, type SpaceId } from '@jzse/sync';

export interface CarryOverDeps {
  readonly store: Pick<HubStore, 'carried' | 'dropCarried' | 'head' | 'listSpaces'>;
  readonly push: HubServices['push'];
}

const operationsPerPush = 500;

/**
 * What a log had taken before the state of a region took its place follows on that state, as if a region offered it again: known
 * operations are dropped by dot, so it does not matter who is first, nor whether this was broken off.
 */
export function createCarryOver({ store, push }: CarryOverDeps): (space: SpaceId) => Promise<void> {
  return async (space) => {
    for (;;) {
      const { upTo, operations } = await store.carried(space, operationsPerPush);
      if (operations.length === 0) return;
      const { epoch } = (await store.head(space)).position;
      const cursor = { epoch, sequence: 0, dot: null };
      const { acknowledged } = await push({ space, epoch, region: hubRegion, cursor, operations });
      if (acknowledged < operations.length)
        throw new Error(
          `${space}: ${acknowledged} of ${operations.length} operations could be carried over, one is missing before the rest`,
        );
      await store.dropCarried(space, upTo);
    }
  };
}
