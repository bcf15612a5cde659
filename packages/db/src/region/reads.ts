import type { Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { nameKey, resolveAlias, rootId } from '@jzse/sync';
import type { Page, PageRequest } from '../metadata-store.ts';
import type { RegionDatabase } from './open-database.ts';
import type { ShownTreeOf } from './shown-tree.ts';
import type { SpaceTrees } from './space-tree.ts';

export interface Reads {
  entry(space: SpaceId, id: EntryId): Entry | null;
  entryAtPath(space: SpaceId, names: readonly string[]): Entry | null;
  pathOf(space: SpaceId, id: EntryId): string[] | null;
  listFolder(space: SpaceId, folder: EntryId, page: PageRequest): Page<Entry>;
  listVersions(space: SpaceId, id: EntryId, page: PageRequest): Page<Version>;
}

export function prepareReads(database: RegionDatabase, trees: SpaceTrees, shownTree: ShownTreeOf): Reads {
  const folder = database.prepare<[string, string, string, number], { readonly key: string; readonly state: string }>(
    `SELECT name_key AS key, state FROM entry INDEXED BY entry_by_name WHERE tree = ? AND parent_id = ? AND live = 1 AND name_key > ? ORDER BY name_key LIMIT ?`,
  );
  const versions = database
    .prepare<[string, string, string, string, number], string>(
      `WITH RECURSIVE merged(id) AS (SELECT ? UNION SELECT from_id FROM alias, merged WHERE alias.tree = ? AND alias.to_id = merged.id)
     SELECT state FROM version WHERE tree = ? AND entry_id IN merged AND printf('%015d.%09d.%s', wall_ms, logical, dot) < ?
     ORDER BY wall_ms DESC, logical DESC, dot DESC LIMIT ?`,
    )
    .pluck();

  return {
    entry: (space, id) => {
      const tree = shownTree(space);
      return tree.entry(resolveAlias(tree, id));
    },
    entryAtPath: (space, names) => {
      const tree = shownTree(space);
      let entry = tree.entry(rootId);
      for (const name of names) entry = entry === null ? null : tree.liveChild(entry.id, nameKey(name));
      return entry;
    },
    pathOf: (space, id) => {
      const tree = shownTree(space);
      const names: string[] = [];
      let entry = tree.entry(resolveAlias(tree, id));
      for (; entry !== null && entry.parentId !== null; entry = tree.entry(entry.parentId)) {
        if (entry.deleted !== null) return null;
        names.push(entry.name);
      }
      return entry === null ? null : names.reverse();
    },
    listFolder: (space, id, { after, limit }) => {
      const rows = folder.all(trees.of(space).key, id, after ?? '', limit + 1);
      const kept = rows.slice(0, limit);
      return { items: kept.map((row) => JSON.parse(row.state) as Entry), next: rows.length > limit ? (kept.at(-1)?.key ?? null) : null };
    },
    listVersions: (space, id, { after, limit }) => {
      const tree = trees.of(space);
      const resolved = resolveAlias(shownTree(tree), id);
      const rows = versions.all(resolved, tree.key, tree.key, after ?? '\uffff', limit + 1).map((state) => JSON.parse(state) as Version);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, next: rows.length > limit && last !== undefined ? versionCursor(last) : null };
    },
  };
}

const versionCursor = ({ stamp, dot }: Version): string =>
  `${String(stamp.wallMs).padStart(15, '0')}.${String(stamp.logical).padStart(9, '0')}.${dot.replica}/${dot.counter}`;
