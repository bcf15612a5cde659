import type { Entry, EntryId, Version } from '@jzse/sync';
import { addTerms, aliasTerm, entryTerm, rootId, versionTerm } from '@jzse/sync';
import { countFile } from './file-counts.ts';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';
import { textHash } from './text-hash.ts';
import type { FlatSums, FolderSum } from './tree-sums.ts';

export interface WalkedSums extends FlatSums {
  readonly root: bigint;
  /** Live files. */
  readonly files: number;
}
export interface WalkOptions {
  /** Told the sums of each folder, the ones below first. */
  readonly onFolder: (id: EntryId, kept: FolderSum) => void;
}

const pageRows = 250;

/** Sums of the whole confirmed state from its rows alone, folder by folder; yields how many rows each step looked at. Memory follows the depth. */
export function* walkSums(database: RegionDatabase, tree: TreeKey, options: WalkOptions): Generator<number, WalkedSums> {
  const { root, files } = yield* walkFolders(database, tree, options);
  const aliases = yield* sumAliases(database, tree);
  const versions = yield* sumVersions(database, tree);
  return { root, files, aliases, versions };
}

interface Frame {
  /** Null: the root. */
  readonly folder: Entry | null;
  readonly pages: Generator<readonly Entry[]>;
  readonly folders: Entry[];
  sum: bigint;
  files: number;
}

function* walkFolders(
  database: RegionDatabase,
  tree: TreeKey,
  { onFolder }: WalkOptions,
): Generator<number, Pick<WalkedSums, 'root' | 'files'>> {
  const childrenOf = prepareConfirmedChildren(database, tree);
  const open = (folder: Entry | null): Frame => ({ folder, pages: childrenOf(folder?.id ?? rootId), folders: [], sum: 0n, files: 0 });
  const stack: Frame[] = [open(null)];
  let root: FolderSum = { sum: 0n, files: 0 };
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const below = frame.folders.pop();
    if (below !== undefined) {
      stack.push(open(below));
      continue;
    }
    const page = frame.pages.next();
    if (page.done !== true) {
      for (const entry of page.value) {
        frame.files += countFile(entry);
        if (entry.kind === 'folder') frame.folders.push(entry);
        else frame.sum = addTerms(frame.sum, entryTerm(entry, 0n, textHash));
      }
      yield page.value.length + 1;
      continue;
    }
    stack.pop();
    const { folder, sum, files } = frame;
    root = { sum, files };
    onFolder(folder?.id ?? rootId, root);
    const above = stack.at(-1);
    if (folder === null || above === undefined) continue;
    above.sum = addTerms(above.sum, entryTerm(folder, sum, textHash));
    above.files += files;
  }
  return { root: root.sum, files: root.files };
}

/** Confirmed children of a folder, tombstones too, a page at a time: those shown there, and those that outstanding operations show otherwise. */
export function prepareConfirmedChildren(database: RegionDatabase, tree: TreeKey): (folder: EntryId) => Generator<readonly Entry[]> {
  const notKept = 'NOT EXISTS (SELECT 1 FROM confirmed WHERE confirmed.tree = entry.tree AND confirmed.id = entry.id)';
  const live = database.prepare<[string, string, string, number], ChildRow>(
    `SELECT name_key AS key, state, ${notKept} AS isConfirmed FROM entry INDEXED BY entry_by_name
     WHERE tree = ? AND parent_id = ? AND live = 1 AND name_key > ? ORDER BY name_key LIMIT ?`,
  );
  const gone = database.prepare<[string, string, string, number], ChildRow>(
    `SELECT id AS key, state, ${notKept} AS isConfirmed FROM entry INDEXED BY entry_gone_from
     WHERE tree = ? AND parent_id = ? AND live = 0 AND id > ? ORDER BY id LIMIT ?`,
  );
  const kept = database
    .prepare<[string, string, string, number], string>(
      'SELECT state FROM confirmed INDEXED BY confirmed_by_parent WHERE tree = ? AND parent_id = ? AND id > ? ORDER BY id LIMIT ?',
    )
    .pluck();
  const parse = (state: string): Entry => JSON.parse(state) as Entry;

  return function* (folder) {
    for (const page of [live, gone]) {
      for (let after: string | undefined = ''; after !== undefined; ) {
        const rows: ChildRow[] = page.all(tree, folder, after, pageRows);
        if (rows.length > 0) yield rows.filter((row) => row.isConfirmed === 1).map((row) => parse(row.state));
        after = rows.length < pageRows ? undefined : rows.at(-1)?.key;
      }
    }
    for (let after: string | undefined = ''; after !== undefined; ) {
      const entries: Entry[] = kept.all(tree, folder, after, pageRows).map(parse);
      if (entries.length > 0) yield entries;
      after = entries.length < pageRows ? undefined : entries.at(-1)?.id;
    }
  };
}

interface ChildRow {
  readonly key: string;
  readonly state: string;
  readonly isConfirmed: number;
}

function* sumAliases(database: RegionDatabase, tree: TreeKey): Generator<number, bigint> {
  const page = database.prepare<[string, string, number], { readonly from: EntryId; readonly to: EntryId; readonly outstanding: number }>(
    'SELECT from_id AS "from", to_id AS "to", outstanding FROM alias WHERE tree = ? AND from_id > ? ORDER BY from_id LIMIT ?',
  );
  let sum = 0n;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows = page.all(tree, after, pageRows);
    for (const { from, to, outstanding } of rows) if (outstanding !== 1) sum = addTerms(sum, aliasTerm(from, to, textHash));
    yield rows.length;
    after = rows.length < pageRows ? undefined : rows.at(-1)?.from;
  }
  return sum;
}

function* sumVersions(database: RegionDatabase, tree: TreeKey): Generator<number, bigint> {
  const page = database.prepare<
    [string, string, number],
    { readonly dot: string; readonly entryId: EntryId; readonly state: string; readonly confirmed: number }
  >('SELECT dot, entry_id AS entryId, state, confirmed FROM version WHERE tree = ? AND dot > ? ORDER BY dot LIMIT ?');
  let sum = 0n;
  for (let after: string | undefined = ''; after !== undefined; ) {
    const rows = page.all(tree, after, pageRows);
    for (const { entryId, state, confirmed } of rows)
      if (confirmed === 1) sum = addTerms(sum, versionTerm(entryId, JSON.parse(state) as Version, textHash));
    yield rows.length;
    after = rows.length < pageRows ? undefined : rows.at(-1)?.dot;
  }
  return sum;
}
