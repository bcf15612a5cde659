import type { DeletedEntry } from '@jzse/api/edge';
import type { RegionStore } from '@jzse/db/region';
import type { Dot, Entry, EntryId, Operation, SpaceId } from '@jzse/sync';
import { dotKey, joinPath, rootId, sameDot } from '@jzse/sync';
import type { PageOf } from './list-folder.ts';

export interface DeletedReadDeps {
  readonly store: Pick<RegionStore, 'listDeleted' | 'entry' | 'feedOperation' | 'readOutbox'>;
}
/** What is deleted, with where it stood. */
export interface PlacedTombstone {
  readonly names: readonly string[];
  readonly entry: Entry;
}
interface FoundDeleted {
  readonly items: readonly PlacedTombstone[];
  readonly next: string | null;
}

/** Outstanding operations that are looked through for who deleted. */
const outstandingMax = 1_000;

/** One page of what is deleted and not yet forgotten, newest deletion first; what went with a folder is listed with it too. */
export async function listDeleted(
  deps: DeletedReadDeps,
  { space, folder }: { readonly space: SpaceId; readonly folder: EntryId },
  page: PageOf,
): Promise<{ readonly entries: readonly DeletedEntry[]; readonly next: string | null }> {
  const { items, next } = await tombstones(deps, { space, folder }, page);
  const deletions = new Map<string, Promise<Operation | null>>();
  const entries = await Promise.all(
    items.map(async ({ names, entry }) => {
      const deletion = await deletionOf(deps, { space, entry, deletions });
      return {
        id: entry.id,
        kind: entry.kind,
        path: joinPath(names),
        size: lastVersion(entry)?.content.size ?? 0,
        // Where the log does not say it any more: not before its last version was made.
        deletedMs: deletion?.stamp.wallMs ?? lastVersion(entry)?.stamp.wallMs ?? entry.location?.stamp.wallMs ?? 0,
        deletedBy: deletion === null ? (entry.deleted?.dot.replica.split(':')[0] ?? '') : deletion.author.user,
      };
    }),
  );
  return { entries, next };
}

/** Tombstones with the paths that they had. */
export async function tombstones(
  deps: DeletedReadDeps,
  { space, folder }: { readonly space: SpaceId; readonly folder: EntryId },
  page: PageOf,
): Promise<FoundDeleted> {
  const { items, next } = await deps.store.listDeleted(space, folder === rootId ? null : folder, page);
  const folders = new Map<EntryId, Promise<readonly string[]>>();
  const below = await Promise.all(
    items
      .filter((entry) => entry.id !== folder)
      .map(async (entry) => ({ entry, names: [...(await namesOf(deps, { space, id: entry.parentId, folders })), entry.name] })),
  );
  return { items: below, next };
}

/** The shown version of a deleted file as it was when it went. */
function lastVersion(entry: Entry): Entry['trash'][number] | null {
  const { deleted } = entry;
  const gone = deleted === null ? [] : entry.trash.filter((version) => sameDot(version.trashedBy, deleted.dot));
  const newest = (gone.length > 0 ? gone : entry.trash).toSorted((left, right) => right.stamp.wallMs - left.stamp.wallMs);
  return newest[0] ?? null;
}

type Folders = Map<EntryId, Promise<readonly string[]>>;

function namesOf(
  deps: DeletedReadDeps,
  { space, id, folders }: { readonly space: SpaceId; readonly id: EntryId | null; readonly folders: Folders },
): Promise<readonly string[]> {
  if (id === null || id === rootId) return Promise.resolve([]);
  const known = folders.get(id) ?? readNames(deps, { space, id, folders });
  folders.set(id, known);
  return known;
}

async function readNames(
  deps: DeletedReadDeps,
  { space, id, folders }: { readonly space: SpaceId; readonly id: EntryId; readonly folders: Folders },
): Promise<readonly string[]> {
  const entry = await deps.store.entry(space, id);
  return [...(await namesOf(deps, { space, id: entry?.parentId ?? null, folders })), entry?.name ?? id];
}

function deletionOf(
  { store }: DeletedReadDeps,
  {
    space,
    entry,
    deletions,
  }: { readonly space: SpaceId; readonly entry: Entry; readonly deletions: Map<string, Promise<Operation | null>> },
): Promise<Operation | null> {
  const { deleted } = entry;
  if (deleted === null) return Promise.resolve(null);
  const key = dotKey(deleted.dot);
  const known =
    deletions.get(key) ??
    (deleted.position === null ? outstanding(store, space, deleted.dot) : store.feedOperation(space, deleted.position));
  deletions.set(key, known);
  return known.then((operation) => (operation !== null && sameDot(operation.dot, deleted.dot) ? operation : null));
}

async function outstanding(store: DeletedReadDeps['store'], space: SpaceId, dot: Dot): Promise<Operation | null> {
  return (await store.readOutbox(space, outstandingMax)).find((operation) => sameDot(operation.dot, dot)) ?? null;
}
