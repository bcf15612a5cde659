import { defaultPolicy, JzseError, spacePolicySchema } from '@jzse/api';
import type { EdgeServices } from '@jzse/api/edge';
import { type RegionStore, SnapshotWouldLose } from '@jzse/db/region';
import type { SpaceId } from '@jzse/sync';
import type { Replication } from './start-replication.ts';

export interface AgreementServicesDeps {
  readonly store: Pick<RegionStore, 'listSpaces' | 'policy'>;
  readonly replication: Pick<Replication, 'hub' | 'resync'>;
}

/** What people ask of the agreement between regions. Throws `unknown-space` for a space that this region has not. */
export function createAgreementServices({ store, replication }: AgreementServicesDeps): Pick<EdgeServices, 'verify' | 'resync' | 'policy'> {
  const checkSpace = async (space: SpaceId): Promise<void> => {
    if (!(await store.listSpaces()).includes(space)) throw new JzseError('unknown-space', `this region has no space "${space}"`);
  };
  return {
    verify: async (space, options) => {
      await checkSpace(space);
      return replication.hub.verify(space, options);
    },
    resync: async (space) => {
      await checkSpace(space);
      try {
        await replication.resync(space);
      } catch (cause) {
        if (cause instanceof SnapshotWouldLose) throw new JzseError('precondition-failed', cause.message, { cause });
        throw cause;
      }
    },
    policy: async (space) => {
      await checkSpace(space);
      const kept = await store.policy(space);
      if (kept === null) return { revision: 0, policy: defaultPolicy };
      return { revision: kept.revision, policy: spacePolicySchema.parse(JSON.parse(kept.policy)) };
    },
  };
}
