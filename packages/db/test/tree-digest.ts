import { createHash } from 'node:crypto';
import type { Entry, EntryId } from '@jzse/sync';
import { addTerms, aliasTerm, entryTerm, rootId, spaceDigest, versionTerm } from '@jzse/sync';
import type { MemoryTree } from '../../sync/test/memory-tree.ts';

const hash = (text: string): bigint => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);

/** The digest of a whole tree, computed from scratch. */
export function digestOf(tree: MemoryTree): string {
  const term = (entry: Entry): bigint => entryTerm(entry, childSum(entry.id), hash);
  const childSum = (id: EntryId): bigint =>
    tree
      .children(id)
      .map((child) => tree.entry(child))
      .reduce((sum, entry) => (entry === null ? sum : addTerms(sum, term(entry))), 0n);
  const aliases = [...tree.aliases].reduce((sum, [from, to]) => addTerms(sum, aliasTerm(from, to, hash)), 0n);
  const versions = [...tree.versions.values()].reduce(
    (sum, { entryId, version }) => addTerms(sum, versionTerm(entryId, version, hash)),
    0n,
  );
  return spaceDigest({ root: childSum(rootId), aliases, versions }, hash);
}
