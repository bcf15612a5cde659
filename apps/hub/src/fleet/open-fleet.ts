import type { Principal } from '@jzse/api';
import type { FleetServices, HubServices } from '@jzse/api/hub';
import { type HubStore, type IdentityStore, openFleetStore } from '@jzse/db/hub';
import type { HubConfig } from '../config.ts';
import { createFleet } from './create-fleet.ts';
import type { FleetView } from './fleet-view.ts';
import type { RestoreDirectoryDeps } from './restore-directory.ts';
import { createRegionServices } from './services-for-region.ts';
import { type FleetAuthority, openFleetAuthority } from './tls/fleet-authority.ts';

export interface OpenFleetDeps extends Pick<RestoreDirectoryDeps, 'askAboutDirectory' | 'note'> {
  readonly databaseUrl: string;
  /** `fleet`: an authority is kept. */
  readonly tls?: HubConfig['tls'];
  readonly hub: Pick<HubStore, 'listSpaces' | 'raiseEvents'>;
  readonly directory: Pick<IdentityStore, 'put' | 'get' | 'list' | 'pageForRegion'>;
  readonly view: FleetView;
  /** What the hub does, for whoever may have all of it. */
  readonly services: HubServices;
  readonly nowMs: () => number;
  readonly directoryChanged: (revision: number) => void;
}
export interface Fleet {
  readonly services: FleetServices;
  readonly view: FleetView;
  readonly authority: FleetAuthority | null;
  /** What the hub does, as far as it concerns the caller. */
  servicesFor(caller: Principal): HubServices;
  close(): Promise<void>;
}

export async function openFleet(deps: OpenFleetDeps): Promise<Fleet> {
  const { databaseUrl, services, view } = deps;
  const store = await openFleetStore({ databaseUrl });
  const authority = deps.tls === 'fleet' ? await openFleetAuthority({ store, nowMs: deps.nowMs }) : null;
  const forRegion = createRegionServices(deps);
  return {
    view,
    authority,
    services: createFleet({ ...deps, authority, regions: services.regions, store }),
    servicesFor: (caller) => (caller.type === 'region' ? forRegion(caller.region) : services),
    close: () => store.close(),
  };
}
