import type { Entry, EntryChange, EntryId } from '@jzse/sync';
import { addTerms, aliasTerm, childSumsAfter, rootEntry, rootId, spaceDigest, subtractTerms, TreeMiss, versionTerm } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import type { Forgotten } from './load-forgotten.ts';
import type { LoadedTree } from './loaded-tree.ts';
import { textHash } from './text-hash.ts';

/** The sums of a whole space (SY13). */
export interface SpaceSums {
  readonly root: bigint;
  readonly aliases: bigint;
  readonly versions: bigint;
}
export interface BatchSums extends SpaceSums {
  /** Of folders whose sum is another one now; the root is not among them. */
  readonly folders: ReadonlyMap<EntryId, bigint>;
  readonly digest: string;
}

/** The sums after a batch, from those before it. Throws `TreeMiss` if a folder above a changed entry is not loaded. */
export function digestBatch(
  tree: LoadedTree,
  before: SpaceSums,
  { applied, forgotten }: { readonly applied: AppliedBatch; readonly forgotten: Forgotten },
): BatchSums {
  const changes = new Map<EntryId, EntryChange>();
  for (const [id, after] of applied.entries) changes.set(id, { before: loadedEntry(tree, id), after });
  const folders = new Map(
    childSumsAfter(
      { entry: (id) => loadedEntry(tree, id), childSum: (id) => (id === rootId ? before.root : tree.childSum(id)) },
      changes,
      textHash,
    ),
  );
  const root = folders.get(rootId) ?? before.root;
  folders.delete(rootId);
  const sums = {
    root,
    aliases: aliasesAfter(before.aliases, applied, forgotten),
    versions: versionsAfter(before.versions, applied, forgotten),
  };
  return { ...sums, folders, digest: spaceDigest(sums, textHash) };
}

function loadedEntry(tree: LoadedTree, id: EntryId): Entry | null {
  if (id === rootId) return rootEntry;
  const entry = tree.peekEntry(id);
  if (entry === undefined) throw new TreeMiss([{ type: 'entry', id }]);
  return entry;
}

/** An id is merged once: an alias that a batch brings was not there before. */
function aliasesAfter(before: bigint, applied: AppliedBatch, forgotten: Forgotten): bigint {
  let sum = before;
  for (const { from, to } of forgotten.aliases) sum = subtractTerms(sum, aliasTerm(from, to, textHash));
  for (const [from, to] of applied.aliases) sum = addTerms(sum, aliasTerm(from, to, textHash));
  return sum;
}

/** A version is made once, by the operation whose dot it has. */
function versionsAfter(before: bigint, applied: AppliedBatch, forgotten: Forgotten): bigint {
  let sum = before;
  for (const { entryId, version } of forgotten.versions) sum = subtractTerms(sum, versionTerm(entryId, version, textHash));
  for (const { entryId, version } of applied.versions.values()) sum = addTerms(sum, versionTerm(entryId, version, textHash));
  return sum;
}
