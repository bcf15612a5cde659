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

/** One folder of the digest tree, computed from scratch. */
export function digestNodeOf(tree: MemoryTree, folder: EntryId, bucket: number | null) {
  const childSum = (id: EntryId): bigint => termsOf(id).reduce((sum, { term }) => addTerms(sum, term), 0n);
  const termsOf = (id: EntryId): readonly { readonly id: EntryId; readonly term: bigint }[] =>
    tree.children(id).flatMap((child) => {
      const entry = tree.entry(child);
      return entry === null ? [] : [{ id: child, term: entryTerm(entry, childSum(child), hash) }];
    });
  const bucketOf = (id: EntryId): number => Number(hash(id) >> 248n);
  const terms = termsOf(folder);
  const buckets = Array.from({ length: 256 }, (_, at) =>
    terms.filter(({ id }) => bucketOf(id) === at).reduce((sum, { term }) => addTerms(sum, term), 0n),
  );
  const named = terms.filter(({ id }) => bucket === null || bucketOf(id) === bucket);
  return {
    childSum: childSum(folder).toString(16),
    aliases: '0',
    versions: '0',
    buckets: buckets.map((sum) => sum.toString(16)),
    children: bucket === null && named.length > 256 ? null : named.map(({ id, term }) => ({ id, term: term.toString(16) })),
  };
}
