import type { RevisedPolicy } from '@jzse/api';
import { JzseError, spacePolicySchema } from '@jzse/api';
import type { HubStore } from '@jzse/db/hub';
import type { SpaceId } from '@jzse/sync';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface KnownPoliciesDeps {
  readonly store: Pick<HubStore, 'policy' | 'setPolicy' | 'policies'>;
  readonly board: Pick<WakeUpBoard, 'policyChanged'>;
}

/** What the managers of each space decided, kept in memory: every push with a conflict asks. */
export interface KnownPolicies {
  of(space: SpaceId): Promise<RevisedPolicy>;
  /** Answers it with its new revision, and tells the regions. */
  set(space: SpaceId, policy: RevisedPolicy['policy']): Promise<RevisedPolicy>;
  /** Takes over what another hub on the same database has decided, and tells the regions. */
  refresh(): Promise<void>;
}

export function createKnownPolicies({ store, board }: KnownPoliciesDeps): KnownPolicies {
  const known = new Map<SpaceId, RevisedPolicy>();
  const put = (space: SpaceId, revised: RevisedPolicy): RevisedPolicy => {
    known.set(space, revised);
    board.policyChanged(space, revised.revision);
    return revised;
  };
  return {
    of: async (space) => {
      const cached = known.get(space);
      if (cached !== undefined) return cached;
      const { revision, policy } = await store.policy(space);
      return put(space, { revision, policy: parsePolicy(space, policy) });
    },
    set: async (space, policy) => put(space, { revision: await store.setPolicy(space, JSON.stringify(policy)), policy }),
    refresh: async () => {
      for (const { space, revision, policy } of await store.policies()) {
        if (known.get(space)?.revision !== revision) put(space, { revision, policy: parsePolicy(space, policy) });
      }
    },
  };
}

/** What is missing has its default: a policy may be older than a part of it. */
function parsePolicy(space: SpaceId, text: string): RevisedPolicy['policy'] {
  const parsed = spacePolicySchema.safeParse(JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new JzseError('internal', `the policy of ${space} that is kept is not one: set it anew`, { detail: { space } });
}
