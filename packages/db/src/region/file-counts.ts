import type { Entry } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';

/** How many live files a tree shows; kept as a sum, since it is asked for after commits. Written inside transactions only. */
export interface FileCounts {
  of(tree: TreeKey): number;
  add(tree: TreeKey, files: number): void;
  set(tree: TreeKey, files: number): void;
}

/** 1 or 0, to be added up. */
export const countFile = (entry: Entry | null): number => (entry !== null && entry.deleted === null && entry.heads.length > 0 ? 1 : 0);

export function prepareFileCounts(database: RegionDatabase): FileCounts {
  const read = database.prepare<[string], number>('SELECT files FROM tree WHERE key = ?').pluck();
  const add = database.prepare('UPDATE tree SET files = files + ? WHERE key = ?');
  const set = database.prepare('UPDATE tree SET files = ? WHERE key = ?');
  return {
    of: (tree) => read.get(tree) ?? 0,
    add: (tree, files) => {
      if (files !== 0) add.run(files, tree);
    },
    set: (tree, files) => void set.run(files, tree),
  };
}
