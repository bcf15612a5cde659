import type { RegionStore } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface RegisterDeps {
  readonly region: RegionId;
  /** How other regions reach this one. */
  readonly url: string;
  readonly store: Pick<RegionStore, 'replica' | 'adoptReplica'>;
  readonly hub: Pick<HubPort, 'register'>;
}

/** Tells the hub where this region is. A store without a replica id adopts the one that is issued; from then on it can commit. */
export async function registerRegion({ region, url, store, hub }: RegisterDeps): Promise<void> {
  const known = store.replica();
  const { replica } = await hub.register({ region, url, replica: known });
  if (known === null) await store.adoptReplica(region, replica);
}
