import type { Entry, EntryChange, EntryId, Version } from '@jzse/sync';
import { addTerms, aliasTerm, childSumsAfter, childTotalsAfter, rootEntry, rootId, subtractTerms, versionTerm } from '@jzse/sync';
import type { FileCounts } from './file-counts.ts';
import { countFile } from './file-counts.ts';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';
import { textHash } from './text-hash.ts';
import type { FolderSum, TreeSums } from './tree-sums.ts';

/** What one transaction changes of the confirmed state, so that the sums (SY13) are changed once at its end. */
export interface ConfirmedChange {
  /** Answers where the entry is shown, and whether its confirmed state is kept aside. `after` null: forgotten. */
  replace(id: EntryId, after: Entry | null): { readonly shownIn: EntryId | null; readonly isKept: boolean };
  addAlias(from: EntryId, to: EntryId): void;
  dropAlias(from: EntryId, to: EntryId): void;
  addVersion(entryId: EntryId, version: Version): void;
  dropVersion(entryId: EntryId, version: Version): void;
  /** Stores the sums. Nothing may be changed by this object afterwards. */
  close(): void;
}
export type OpenConfirmedChange = (tree: TreeKey) => ConfirmedChange;

interface Row {
  readonly shownIn: EntryId | null;
  readonly isKept: number;
  readonly isFile: number;
  readonly state: string | null;
}

/** One read for each entry that changes and each folder above, however many rows of the feed touch them. */
export function prepareConfirmedChange(
  database: RegionDatabase,
  { sums, fileCounts }: { readonly sums: TreeSums; readonly fileCounts: FileCounts },
): OpenConfirmedChange {
  const current = database.prepare<[string, string], Row>(
    `SELECT entry.parent_id AS shownIn, confirmed.id IS NOT NULL AS isKept, entry.live = 1 AND entry.heads > 0 AS isFile, iif(confirmed.id IS NULL, entry.state, confirmed.state) AS state
     FROM (SELECT ? AS tree, ? AS id) AS named LEFT JOIN entry ON entry.tree = named.tree AND entry.id = named.id
       LEFT JOIN confirmed ON confirmed.tree = named.tree AND confirmed.id = named.id`,
  );
  return (tree) => {
    const changes = new Map<EntryId, EntryChange>();
    let { aliases, versions } = { aliases: 0n, versions: 0n };
    let files = 0;
    return {
      replace: (id, after) => {
        const known = changes.get(id);
        if (known !== undefined) {
          changes.set(id, { before: known.before, after });
          files += countFile(after) - countFile(known.after);
          return { shownIn: known.after?.parentId ?? null, isKept: false };
        }
        const row = current.get(tree, id);
        files += countFile(after) - (row?.isFile ?? 0);
        changes.set(id, { before: parse(row?.state), after });
        return { shownIn: row?.shownIn ?? null, isKept: row?.isKept === 1 };
      },
      addAlias: (from, to) => {
        aliases = addTerms(aliases, aliasTerm(from, to, textHash));
      },
      dropAlias: (from, to) => {
        aliases = subtractTerms(aliases, aliasTerm(from, to, textHash));
      },
      addVersion: (entryId, version) => {
        versions = addTerms(versions, versionTerm(entryId, version, textHash));
      },
      dropVersion: (entryId, version) => {
        versions = subtractTerms(versions, versionTerm(entryId, version, textHash));
      },
      close: () => {
        const read = (id: EntryId): Entry | null => (id === rootId ? rootEntry : parse(current.get(tree, id)?.state));
        fileCounts.add(tree, files);
        storeFolderSums(sums, tree, { changes, read });
        const flat = sums.flat(tree);
        if (aliases !== 0n || versions !== 0n)
          sums.setFlat(tree, { aliases: addTerms(flat.aliases, aliases), versions: addTerms(flat.versions, versions) });
      },
    };
  };
}

function storeFolderSums(
  sums: TreeSums,
  tree: TreeKey,
  { changes, read }: { readonly changes: ReadonlyMap<EntryId, EntryChange>; readonly read: (id: EntryId) => Entry | null },
): void {
  const folders = new Map<EntryId, Entry | null>();
  const stored = new Map<EntryId, FolderSum>();
  const entry = (id: EntryId): Entry | null => {
    const known = folders.get(id);
    if (known !== undefined) return known;
    const found = read(id);
    folders.set(id, found);
    return found;
  };
  const kept = (id: EntryId): FolderSum => {
    const change = changes.get(id);
    if (change !== undefined && (change.after ?? change.before)?.kind !== 'folder') return noSum;
    const known = stored.get(id);
    if (known !== undefined) return known;
    const found = sums.folder(tree, id);
    stored.set(id, found);
    return found;
  };
  const after = childSumsAfter({ entry, childSum: (id) => kept(id).sum }, changes, textHash);
  const files = childTotalsAfter({ entry, childSum: (id) => BigInt(kept(id).files) }, changes, fileTerm);
  // A folder with other files below it has another sum too.
  for (const [id, sum] of after) sums.setFolder(tree, id, { sum, files: Number(files.get(id) ?? kept(id).files) });
}

const noSum: FolderSum = { sum: 0n, files: 0 };
const fileTerm = (entry: Entry, below: bigint): bigint => (entry.kind === 'folder' ? below : BigInt(countFile(entry)));

const parse = (state: string | null | undefined): Entry | null =>
  state === null || state === undefined ? null : (JSON.parse(state) as Entry);
