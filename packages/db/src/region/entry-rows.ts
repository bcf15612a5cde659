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
    `INSERT INTO entry (tree, id, parent_id, name_key, live, state, heads, gone, weights) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (tree, id) DO UPDATE SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live,
       state = excluded.state, heads = excluded.heads, gone = excluded.gone, weights = excluded.weights`,
  );
  const remove = database.prepare('DELETE FROM entry WHERE tree = ? AND id = ?');
  const weights = database.prepare<[string, string], string | null>('SELECT weights FROM entry WHERE tree = ? AND id = ?').pluck();
  const add = database.prepare(
    'INSERT INTO used_bytes (tree, user, bytes) VALUES (?, ?, ?) ON CONFLICT (tree, user) DO UPDATE SET bytes = bytes + excluded.bytes',
  );
  const addUp = (tree: TreeKey, of: string | null, sign: 1 | -1): void => {
    if (of === null) return;
    for (const [user, bytes] of JSON.parse(of) as [string, number][]) add.run(tree, user, sign * bytes);
  };
  // Mostly a version is confirmed, or moved: then none of it is otherwise.
  const weigh = (tree: TreeKey, before: string | null, after: string | null): void => {
    if (before === after) return;
    addUp(tree, before, -1);
    addUp(tree, after, 1);
  };
  return {
    put: (tree, entry) => {
      const { id, parentId, name, heads, deleted } = entry;
      const gone = deleted === null ? null : (deleted.position?.sequence ?? outstandingSequence);
      const before = weights.get(tree, id) ?? null;
      const after = weightsOf(entry);
      upsert.run(tree, id, parentId, nameKey(name), deleted === null ? 1 : 0, JSON.stringify(entry), heads.length, gone, after);
      weigh(tree, before, after);
    },
    remove: (tree, id) => {
      weigh(tree, weights.get(tree, id) ?? null, null);
      remove.run(tree, id);
    },
    read: (tree, id) => read.get(tree, id) ?? null,
  };
}

/** Of a live file whose bytes they are, head by head. */
function weightsOf({ heads, deleted }: Entry): string | null {
  if (deleted !== null || heads.length === 0) return null;
  return JSON.stringify(heads.map(({ author, content }) => [author.user, content.size]));
}
