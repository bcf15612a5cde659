import type { Entry, EntryId } from '@jzse/sync';
import { nameKey } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';

export interface EntryRow {
  readonly parentId: EntryId | null;
  readonly state: string;
  /** 1: a live file. */
  readonly isFile: number;
}

/** The rows that show entries. Written inside transactions only. */
export interface EntryRows {
  put(tree: TreeKey, entry: Entry): void;
  remove(tree: TreeKey, id: EntryId): void;
  read(tree: TreeKey, id: EntryId): EntryRow | null;
}

/** Where outstanding deletions stand among the sequences of those that the hub has. */
const outstandingSequence = Number.MAX_SAFE_INTEGER;

export function prepareEntryRows(database: RegionDatabase): EntryRows {
  const read = database.prepare<[string, string], EntryRow>(
    'SELECT parent_id AS parentId, state, live = 1 AND heads > 0 AS isFile FROM entry WHERE tree = ? AND id = ?',
  );
  const upsert = database.prepare(
    `INSERT INTO entry (tree, id, parent_id, name_key, live, state, heads, gone) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tree, id) DO UPDATE SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live,
       state = excluded.state, heads = excluded.heads, gone = excluded.gone`,
  );
  const remove = database.prepare('DELETE FROM entry WHERE tree = ? AND id = ?');
  return {
    put: (tree, entry) => {
      const { id, parentId, name, heads, deleted } = entry;
      const gone = deleted === null ? null : (deleted.position?.sequence ?? outstandingSequence);
      upsert.run(tree, id, parentId, nameKey(name), deleted === null ? 1 : 0, JSON.stringify(entry), heads.length, gone);
    },
    remove: (tree, id) => void remove.run(tree, id),
    read: (tree, id) => read.get(tree, id) ?? null,
  };
}
