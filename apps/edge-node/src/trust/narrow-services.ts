import { JzseError, type Principal } from '@jzse/api';
import type { ConflictInfo, EdgeServices, SpaceEvent } from '@jzse/api/edge';
import type { Ancestry, RegionStore } from '@jzse/db/region';
import type { EntryId, SpaceId } from '@jzse/sync';
import { splitPath } from '@jzse/sync';
import type { DirectoryView } from './directory-view.ts';
import { listWay } from './list-way.ts';
import { type SpaceAccess, type SpaceView, unknownSpace } from './space-access.ts';

export interface NarrowDeps {
  readonly access: SpaceAccess;
  readonly view: Pick<DirectoryView, 'spacesOf'>;
  readonly store: RegionStore;
  readonly ancestry: Ancestry;
  /** Whether the caller's sign-in or token is there still. */
  readonly stillCounts: (principal: Principal) => boolean;
}

/**
 * The same services as one caller may have them: spaces, entries and events that the caller must not know of are left out. Whether
 * the call itself may be made was asked before.
 */
export function narrowServices(deps: NarrowDeps, services: EdgeServices, principal: Principal): EdgeServices {
  const seenOf = (space: SpaceId): SpaceView => deps.access.view(principal, space);
  const isKnown = (space: string): boolean => seenOf(space as SpaceId).seesSome;
  const narrow = <Item>(page: Promise<Item>, space: SpaceId, pick: (page: Item, may: MayRead) => Item): Promise<Item> =>
    seenOf(space).seesAll ? page : page.then((found) => pick(found, mayRead(deps, seenOf(space), space)));

  return {
    ...services,
    listSpaces: async () => (await services.listSpaces()).filter(isKnown),
    status: async () => {
      const status = await services.status();
      return { ...status, spaces: status.spaces.filter(({ space }) => isKnown(space)) };
    },
    doors: async () => (await services.doors()).filter(({ space }) => seenOf(space).role !== null),
    list: async (space, path, page) => {
      const seen = seenOf(space);
      if (seen.seesAll || isReadable(deps, seen, { space, path })) return services.list(space, path, page);
      return listWay(deps, { space, path, seen, page });
    },
    listConflicts: (space, folder, page) =>
      narrow(services.listConflicts(space, folder, page), space, (found, may) => ({
        ...found,
        conflicts: found.conflicts.filter((conflict: ConflictInfo) => may(conflict.entryId)),
      })),
    listDeleted: (space, folder, page) =>
      narrow(services.listDeleted(space, folder, page), space, (found, may) => ({
        ...found,
        entries: found.entries.filter(({ id }) => may(id)),
      })),
    listAt: (request) =>
      narrow(services.listAt(request), request.space, (found, may) => ({ ...found, entries: found.entries.filter(({ id }) => may(id)) })),
    difference: (request) =>
      narrow(services.difference(request), request.space, (found, may) => ({
        ...found,
        differences: found.differences.filter(({ left, right }) => [left, right].every((side) => side === null || may(side.id))),
      })),
    watch: (space, options) => watchNarrowed({ deps, principal, seenOf }, space, services.watch(space, options)),
  };
}

type MayRead = (id: EntryId) => boolean;

const mayRead =
  ({ ancestry }: NarrowDeps, seen: SpaceView, space: SpaceId): MayRead =>
  (id) =>
    seen.decide('list', ancestry.of(space, id)) === 'allowed';

function isReadable(
  { ancestry }: NarrowDeps,
  seen: SpaceView,
  { space, path }: { readonly space: SpaceId; readonly path: string },
): boolean {
  return seen.decide('read', ancestry.atPath(space, splitPath(path)).ids.toReversed()) === 'allowed';
}

/** Asked anew for each event: who lost the space, or whose sign-in ended, hears nothing more of it. */
async function* watchNarrowed(
  { deps, principal, seenOf }: { readonly deps: NarrowDeps; readonly principal: Principal; readonly seenOf: (space: SpaceId) => SpaceView },
  space: SpaceId,
  events: AsyncIterable<{ readonly id: string; readonly event: SpaceEvent }>,
): AsyncGenerator<{ readonly id: string; readonly event: SpaceEvent }> {
  for await (const { id, event } of events) {
    if (!deps.stillCounts(principal)) throw new JzseError('unauthenticated', 'this sign-in has ended: sign in again');
    const seen = seenOf(space);
    if (!seen.seesSome) throw unknownSpace(space);
    const told = seen.seesAll ? event : await narrowEvent(deps, { space, seen, event });
    if (told !== null) yield { id, event: told };
  }
}

/** What is held is told by content alone, which says nothing to who does not see the files. */
async function narrowEvent(
  deps: NarrowDeps,
  { space, seen, event }: { readonly space: SpaceId; readonly seen: SpaceView; readonly event: SpaceEvent },
): Promise<SpaceEvent | null> {
  if (event.type === 'reset') return event;
  if (event.type === 'held') return null;
  const folders = event.folders.filter(mayRead(deps, seen, space));
  if (folders.length === 0) return null;
  const paths = await Promise.all(folders.map((folder) => deps.store.pathOf(space, folder)));
  return { type: 'changed', folders, paths: paths.flatMap((names) => (names === null ? [] : [`/${names.join('/')}`])) };
}
