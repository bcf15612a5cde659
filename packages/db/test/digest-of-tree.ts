import type { Entry, EntryId } from '@jzse/sync';
import { addTerms, aliasTerm, entryTerm, rootId, spaceDigest, versionTerm } from '@jzse/sync';
import type { MemoryTree } from '../../sync/test/memory-tree.ts';
import { textHash } from '../src/hub/text-hash.ts';

/** The digest of a tree from its entries, aliases and versions alone. */
export function digestOfTree(tree: MemoryTree): string {
  const below = new Map<EntryId, Entry[]>();
  for (const entry of tree.entries.values())
    if (entry.parentId !== null) below.set(entry.parentId, [...(below.get(entry.parentId) ?? []), entry]);
  const sumOf = (id: EntryId): bigint =>
    (below.get(id) ?? []).reduce((sum, child) => addTerms(sum, entryTerm(child, sumOf(child.id), textHash)), 0n);
  const aliases = [...tree.aliases].reduce((sum, [from, to]) => addTerms(sum, aliasTerm(from, to, textHash)), 0n);
  const versions = [...tree.versions.values()].reduce(
    (sum, { entryId, version }) => addTerms(sum, versionTerm(entryId, version, textHash)),
    0n,
  );
  return spaceDigest({ root: sumOf(rootId), aliases, versions }, textHash);
}
