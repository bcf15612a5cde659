import { JzseError, type Principal } from '@jzse/api';
import type { EdgeSharing } from '@jzse/api/edge';
import type { LinkUses, RegionStore } from '@jzse/db/region';
import type { EntryId, SpaceId } from '@jzse/sync';
import { joinPath, splitPath } from '@jzse/sync';
import { person } from './accounts.ts';
import type { DirectoryView } from './directory-view.ts';
import type { HubIdentity } from './hub-identity.ts';
import { linkAddress } from './link-address.ts';
import { type SpaceAccess, unknownSpace } from './space-access.ts';

export interface SharingDeps {
  readonly store: Pick<RegionStore, 'listSpaces' | 'entryAtPath' | 'pathOf'>;
  readonly hub: Pick<HubIdentity, 'sharing'>;
  readonly view: DirectoryView;
  readonly access: SpaceAccess;
  readonly linkUses: Pick<LinkUses, 'count'>;
  readonly refresh: () => Promise<void>;
}

/** Of one caller, whose right to it was asked before; the hub asks again. */
export function sharingOf(deps: SharingDeps, principal: Principal): EdgeSharing {
  const { view } = deps;
  const { sharing } = deps.hub;
  const actor = (): string => person(principal).user;
  const thenKnown = async <Answer>(change: Promise<Answer>): Promise<Answer> => {
    const answer = await change;
    await deps.refresh();
    return answer;
  };
  return {
    members: async (space) => view.inSpace('member', space).map(({ subject, role }) => ({ subject, role })),
    setMember: (request) => thenKnown(sharing.setMember({ ...request, actor: actor() })),
    grants: async (space, path) => {
      const grants = await placed(deps, { space, path, items: view.inSpace('grant', space) });
      return grants.map(({ id, entryId, subject, role, path: at }) => ({ id, entryId, subject, role, path: at }));
    },
    setGrant: async ({ space, path, subject, role }) => {
      const entryId = await entryAt(deps, space, path);
      await thenKnown(sharing.setGrant({ actor: actor(), space, entryId, subject, role }));
    },
    links: async (space, path) => {
      const links = await placed(deps, { space, path, items: view.inSpace('link', space) });
      return links.map(({ secretHash: _secret, passwordHash, space: _space, ...link }) => ({
        ...link,
        hasPassword: passwordHash !== null,
        uses: deps.linkUses.count(link.id),
      }));
    },
    createLink: async ({ path, ...request }) => {
      const entryId = await entryAt(deps, request.space, path);
      const { id, secret } = await thenKnown(sharing.createLink({ ...request, actor: actor(), entryId }));
      return { id, secret, address: linkAddress(id, secret) };
    },
    revokeLink: async ({ space, id }) => {
      const link = view.find('link', id);
      if (link === null || link.space !== space) throw new JzseError('unknown-path', 'there is no such link');
      deps.access.checkEntry(principal, 'manage', { space, entryId: link.entryId });
      await thenKnown(sharing.revokeLink({ actor: actor(), space, id }));
    },
  };
}

async function entryAt({ store }: SharingDeps, space: SpaceId, path: string): Promise<EntryId> {
  if (!(await store.listSpaces()).includes(space)) throw unknownSpace(space);
  const entry = await store.entryAtPath(space, splitPath(path));
  if (entry === null) throw new JzseError('unknown-path', `nothing is at ${path} in "${space}"`, { detail: { space, path } });
  return entry.id;
}

interface Asked<Item> {
  readonly space: SpaceId;
  readonly path: string;
  readonly items: readonly Item[];
}

/** Those at and below the path. What leads nowhere any more is told to who manages the whole space. */
async function placed<Item extends { readonly entryId: EntryId }>({ store }: SharingDeps, { space, path, items }: Asked<Item>) {
  if (!(await store.listSpaces()).includes(space)) throw unknownSpace(space);
  const above = splitPath(path);
  const found = await Promise.all(items.map(async (item) => ({ item, names: await store.pathOf(space, item.entryId) })));
  return found
    .filter(({ names }) => (names === null ? above.length === 0 : above.every((name, depth) => names[depth] === name)))
    .map(({ item, names }) => ({ ...item, path: names === null ? null : joinPath(names) }));
}
