import type { Hash } from '@jzse/sync';
import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';
import type { VersionRows } from './version-rows.ts';

/** Removes trees that are not shown, in steps and in the background; what is left when the store is closed goes at the next start. */
export interface TreeRemover {
  remove(tree: TreeKey): void;
  /** Resolves when nothing is being removed. */
  settled(): Promise<void>;
}

export interface RemoveTreeDeps {
  readonly database: RegionDatabase;
  readonly group: GroupCommit;
  readonly versions: VersionRows;
  readonly isClosing: () => boolean;
}

/** Rows in one transaction: bounds how long a commit that comes meanwhile waits. */
const rowsPerStep = 500;
const keyColumns: Readonly<Record<string, string>> = {
  entry: 'rowid',
  feed: 'rowid',
  confirmed: 'id',
  alias: 'from_id',
  folder_sum: 'folder_id',
  outstanding_name: 'parent_id',
};

export function prepareTreeRemover({ database, group, versions, isClosing }: RemoveTreeDeps): TreeRemover {
  const removals = Object.entries(keyColumns).map(([table, key]) =>
    database.prepare<[{ readonly tree: TreeKey; readonly limit: number }], never>(
      `DELETE FROM ${table} WHERE tree = @tree AND ${key} IN (SELECT ${key} FROM ${table} WHERE tree = @tree LIMIT @limit)`,
    ),
  );
  const removeVersions = database
    .prepare<[{ readonly tree: TreeKey; readonly limit: number }], Hash>(
      'DELETE FROM version WHERE tree = @tree AND rowid IN (SELECT rowid FROM version WHERE tree = @tree LIMIT @limit) RETURNING content_hash',
    )
    .pluck();
  const removeKey = database.prepare('DELETE FROM tree WHERE key = ?');

  const step = (tree: TreeKey): boolean => {
    for (const removal of removals) if (removal.run({ tree, limit: rowsPerStep }).changes > 0) return false;
    const hashes = removeVersions.all({ tree, limit: rowsPerStep });
    for (const hash of hashes) versions.dropContent(hash);
    if (hashes.length > 0) return false;
    removeKey.run(tree);
    return true;
  };
  const removeAll = async (tree: TreeKey): Promise<void> => {
    try {
      for (let isDone = false; !isDone && !isClosing(); ) isDone = await group.run(() => step(tree));
    } catch {
      // Only room is lost, and whatever ails the disk is told to those who write: the next start goes on here.
    }
  };
  let removing = Promise.resolve();
  return {
    remove: (tree) => {
      removing = removing.then(() => removeAll(tree));
    },
    settled: () => removing,
  };
}
