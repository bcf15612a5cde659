import type { EntryId } from '@jzse/sync';
import { rootId, spaceDigest } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';
import { sumToText, textHash, textToSum } from './text-hash.ts';

/** Sums of the terms of confirmed aliases and versions (SY13). */
export interface FlatSums {
  readonly aliases: bigint;
  readonly versions: bigint;
}

/** What is kept of one folder. */
export interface FolderSum {
  /** Of the terms of its children (SY13). */
  readonly sum: bigint;
  /** Confirmed live files anywhere below it. */
  readonly files: number;
}

/** The stored sums of a tree. Written inside transactions only. */
export interface TreeSums {
  folder(tree: TreeKey, folder: EntryId): FolderSum;
  setFolder(tree: TreeKey, folder: EntryId, kept: FolderSum): void;
  flat(tree: TreeKey): FlatSums;
  setFlat(tree: TreeKey, sums: FlatSums): void;
  /** `spaceDigest` of what is confirmed. */
  digest(tree: TreeKey): string;
}

export function prepareTreeSums(database: RegionDatabase): TreeSums {
  const folderSum = database.prepare<[string, string], { readonly sum: string; readonly files: number }>(
    'SELECT sum, files FROM folder_sum WHERE tree = ? AND folder_id = ?',
  );
  const putFolder = database.prepare(
    `INSERT INTO folder_sum (tree, folder_id, sum, files) VALUES (?, ?, ?, ?)
     ON CONFLICT (tree, folder_id) DO UPDATE SET sum = excluded.sum, files = excluded.files`,
  );
  const dropFolder = database.prepare('DELETE FROM folder_sum WHERE tree = ? AND folder_id = ?');
  const readFlat = database.prepare<[string], { readonly aliases: string | null; readonly versions: string | null }>(
    'SELECT aliases, versions FROM tree WHERE key = ?',
  );
  const putFlat = database.prepare('UPDATE tree SET aliases = ?, versions = ? WHERE key = ?');

  const folder = (tree: TreeKey, id: EntryId): FolderSum => {
    const row = folderSum.get(tree, id);
    return { sum: textToSum(row?.sum ?? '0'), files: row?.files ?? 0 };
  };
  const flat = (tree: TreeKey): FlatSums => {
    const row = readFlat.get(tree);
    return { aliases: textToSum(row?.aliases ?? '0'), versions: textToSum(row?.versions ?? '0') };
  };
  return {
    folder,
    setFolder: (tree, id, { sum, files }) => void (sum === 0n ? dropFolder.run(tree, id) : putFolder.run(tree, id, sumToText(sum), files)),
    flat,
    setFlat: (tree, { aliases, versions }) => void putFlat.run(sumToText(aliases), sumToText(versions), tree),
    digest: (tree) => spaceDigest({ root: folder(tree, rootId).sum, ...flat(tree) }, textHash),
  };
}
