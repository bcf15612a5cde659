import { defaultPolicy, type SpacePolicy, spacePolicySchema } from '@jzse/api';
import type { RegionStore } from '@jzse/db/region';
import type { SpaceId } from '@jzse/sync';

/** This region's copy of what the space's managers decided; the default until it has one. */
export async function readPolicy(store: Pick<RegionStore, 'policy'>, space: SpaceId): Promise<SpacePolicy> {
  const stored = await store.policy(space);
  if (stored === null) return defaultPolicy;
  return spacePolicySchema.parse(JSON.parse(stored.policy));
}
