import type { Entry, EntryId, SpaceId } from '@jzse/sync';
import { resolveAlias, rootId } from '@jzse/sync';
import type { Page, PageRequest } from '../metadata-store.ts';
import type { RegionDatabase } from './open-database.ts';
import type { ShownTree, ShownTreeOf } from './shown-tree.ts';
import type { SpaceTree, SpaceTrees } from './space-tree.ts';

/** Entries of one kind, at or below a folder, found by an index of just that kind. */
export interface FoundBelow {
  conflicts(space: SpaceId, folder: EntryId | null, page: PageRequest): Page<Entry>;
  countConflicts(space: SpaceId): number;
  /** Newest deletion first. */
  deleted(space: SpaceId, folder: EntryId | null, page: PageRequest): Page<Entry>;
}

interface Row {
  readonly key: string;
  readonly state: string;
}
/** Rows looked at for one page: where few of them are below the folder, a page comes short, with a cursor to go on from. */
const rowsPerPageMax = 2000;

export function prepareFoundBelow(database: RegionDatabase, trees: SpaceTrees, shownTree: ShownTreeOf): FoundBelow {
  const conflicts = database.prepare<[string, string, number], Row>(
    `SELECT id AS key, state FROM entry INDEXED BY entry_in_conflict WHERE tree = ? AND id > ? AND live = 1 AND heads > 1 ORDER BY id LIMIT ?`,
  );
  const count = database
    .prepare<[string], number>('SELECT count(*) FROM entry INDEXED BY entry_in_conflict WHERE tree = ? AND live = 1 AND heads > 1')
    .pluck();
  const deleted = database.prepare<[string, number, string, number], Row>(
    `SELECT gone || ' ' || id AS key, state FROM entry INDEXED BY entry_by_deletion
     WHERE tree = ? AND (gone, id) < (?, ?) AND live = 0 ORDER BY gone DESC, id DESC LIMIT ?`,
  );

  const find = (tree: SpaceTree, folder: EntryId | null, search: Search): Page<Entry> => {
    const isBelow = isBelowFolder(shownTree(tree), folder);
    const items: Entry[] = [];
    let { after } = search.page;
    for (let looked = 0; looked < rowsPerPageMax; ) {
      const rows = search.rowsAfter(after, search.page.limit + 1);
      for (const { key, state } of rows) {
        if (items.length === search.page.limit) return { items, next: after };
        const entry = JSON.parse(state) as Entry;
        if (search.isWanted(entry) && isBelow(entry)) items.push(entry);
        after = key;
      }
      looked += rows.length;
      if (rows.length <= search.page.limit) return { items, next: null };
    }
    return { items, next: after };
  };
  return {
    conflicts: (space, folder, page) => {
      const tree = trees.of(space);
      const rowsAfter = (after: string | null, limit: number): Row[] => conflicts.all(tree.key, after ?? '', limit);
      return find(tree, folder, { page, rowsAfter, isWanted: () => true });
    },
    countConflicts: (space) => count.get(trees.of(space).key) ?? 0,
    deleted: (space, folder, page) => {
      const tree = trees.of(space);
      const rowsAfter = (after: string | null, limit: number): Row[] => deleted.all(tree.key, ...deletionAfter(after), limit);
      return find(tree, folder, { page, rowsAfter, isWanted: canComeBack });
    },
  };
}

interface Search {
  readonly page: PageRequest;
  rowsAfter(after: string | null, limit: number): Row[];
  isWanted(entry: Entry): boolean;
}

/** A file whose versions are forgotten has nothing to come back with. */
const canComeBack = (entry: Entry): boolean => entry.kind === 'folder' || entry.trash.length > 0;

function deletionAfter(cursor: string | null): [number, string] {
  const at = cursor?.indexOf(' ') ?? -1;
  return cursor === null || at === -1 ? [Number.MAX_SAFE_INTEGER, '\u{10ffff}'] : [Number(cursor.slice(0, at)), cursor.slice(at + 1)];
}

/** Walks up from each entry; folders on the way are remembered, so a page of one folder's entries walks once. */
function isBelowFolder(tree: ShownTree, folder: EntryId | null): (entry: Entry) => boolean {
  if (folder === null || folder === rootId) return () => true;
  const top = resolveAlias(tree, folder);
  const known = new Map<EntryId, boolean>([[top, true]]);
  return (entry) => {
    const walked: EntryId[] = [];
    let current: EntryId | null = entry.id;
    while (current !== null && !known.has(current)) {
      walked.push(current);
      current = (current === entry.id ? entry : tree.entry(current))?.parentId ?? null;
    }
    const isBelow = current !== null && known.get(current) === true;
    for (const id of walked) known.set(id, isBelow);
    return isBelow;
  };
}
