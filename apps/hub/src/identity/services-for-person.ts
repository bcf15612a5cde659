import type { Principal } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { SpaceId } from '@jzse/sync';
import type { Directory } from './directory.ts';
import { makeManager } from './first-admin.ts';
import { hasGrant, roleInSpace } from './sharing.ts';

export interface PersonServicesDeps {
  readonly services: HubServices;
  readonly directory: Directory;
}

/** What the hub does, for a person: of spaces where the person has no role at all, nothing is said. Whoever makes a space manages it. */
export function servicesForPerson(
  { services, directory }: PersonServicesDeps,
  principal: Extract<Principal, { readonly type: 'user' }>,
): HubServices {
  const { user, spaces } = principal;
  const sees = async (space: SpaceId): Promise<boolean> =>
    (spaces === null || spaces.includes(space)) &&
    ((await roleInSpace(directory.recent, user, space)) !== null || (await hasGrant(directory.recent, user, space)));
  const visible = async <T>(items: readonly T[], spaceOf: (item: T) => SpaceId): Promise<T[]> => {
    const seen = await Promise.all(items.map((item) => sees(spaceOf(item))));
    return items.filter((_, at) => seen[at] === true);
  };
  return {
    ...services,
    listSpaces: async () => visible(await services.listSpaces(), (space) => space),
    createSpace: async (space) => {
      const isNew = !(await services.listSpaces()).includes(space);
      await services.createSpace(space);
      if (isNew) await makeManager(directory, space, user);
    },
    status: async () => {
      const status = await services.status();
      return { ...status, spaces: await visible(status.spaces, ({ space }) => space) };
    },
  };
}
