import { spacePolicySchema } from '@jzse/api';
import type { RegionStore } from '@jzse/db/region';
import type { SpaceId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface FetchPolicyDeps {
  readonly store: Pick<RegionStore, 'policy' | 'setPolicy' | 'createSpace'>;
  readonly hub: Pick<HubPort, 'policy' | 'setPolicy'>;
}

/** Keeps a copy of what the managers of a space decided, as new as the hub's. A hub that knows less than the copy lost its database: it is told again. */
export async function fetchPolicy({ store, hub }: FetchPolicyDeps, space: SpaceId, revision: number): Promise<void> {
  const kept = await store.policy(space);
  if ((kept?.revision ?? 0) === revision) return;
  const current = await hub.policy(space);
  const isLost = kept !== null && current.revision < kept.revision;
  const revised = isLost ? await hub.setPolicy(space, spacePolicySchema.parse(JSON.parse(kept.policy))) : current;
  await store.createSpace(space);
  await store.setPolicy(space, { revision: revised.revision, policy: JSON.stringify(revised.policy) });
}
