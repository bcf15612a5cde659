import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import { approvableUrl } from './approvable-url.ts';
import type { RegionServicesDeps } from './services-for-region.ts';

/** A region that announces another address than the approved one is refused, since others would be sent there; an admin is told, once. */
export function createRegisterMember({ services, view, nowMs }: RegionServicesDeps): HubServices['register'] {
  const told = new Map<RegionId, string>();
  return async (request) => {
    const { region } = request;
    const approved = view.member(region)?.url ?? null;
    const announced = approvableUrl(request.url);
    if (announced === approved) {
      told.delete(region);
      return services.register({ ...request, url: announced });
    }
    if (told.get(region) !== announced) {
      await services.raise([{ type: 'region-url-refused', space: null, region, atMs: nowMs(), data: { announced, approved } }]);
      told.set(region, announced);
    }
    throw new JzseError(
      'forbidden',
      `${announced} is not the address that was approved for ${region}: start it with the right JZSE_URL, or approve this one with "jzse admin regions url ${region} ${announced}"`,
      { detail: { region } },
    );
  };
}
