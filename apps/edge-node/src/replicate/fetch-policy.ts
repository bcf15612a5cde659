import type { RegionStore } from '@jzse/db/region';
import type { SpaceId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface FetchPolicyDeps {
  readonly store: Pick<RegionStore, 'policy' | 'setPolicy' | 'createSpace'>;
  readonly hub: Pick<HubPort, 'policy'>;
}

/** Keeps a copy of what the managers of a space decided, at least as new as `revision`. */
export async function fetchPolicy({ store, hub }: FetchPolicyDeps, space: SpaceId, revision: number): Promise<void> {
  const kept = await store.policy(space);
  if (kept !== null && kept.revision >= revision) return;
  const revised = await hub.policy(space);
  await store.createSpace(space);
  await store.setPolicy(space, { revision: revised.revision, policy: JSON.stringify(revised.policy) });
}
