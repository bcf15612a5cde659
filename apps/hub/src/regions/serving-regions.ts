import type { RegionInfo } from '@jzse/api/edge';
import type { ServingRegion } from '@jzse/api/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import type { FleetView } from '../fleet/fleet-view.ts';

export interface ServingRegionsDeps {
  readonly regions: () => Promise<readonly RegionInfo[]>;
  readonly view: Pick<FleetView, 'placement'>;
}

/** Where a client may go for these spaces: regions that serve all of them first, then by name. */
export async function servingRegions({ regions, view }: ServingRegionsDeps, spaces: readonly SpaceId[]): Promise<readonly ServingRegion[]> {
  const serving = (await regions()).flatMap((info) => {
    const placements = spaces.map((space) => view.placement(info.id as RegionId, space)).filter((placement) => placement !== 'none');
    if (placements.length === 0) return [];
    const { id: region, url, healthy, outbox, pendingTransfers } = info;
    return {
      region: region as RegionId,
      url,
      healthy,
      load: { outbox: outbox ?? 0, pendingTransfers },
      placement: placements.includes('cache') ? ('cache' as const) : ('full' as const),
      servesAll: placements.length === spaces.length,
    };
  });
  return serving.sort((a, b) => Number(b.servesAll) - Number(a.servesAll) || (a.region < b.region ? -1 : 1));
}
