import { dotKey } from './dot.ts';
import type { Entry, Version } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import { rootId } from './identifiers.ts';

/** A cryptographic hash of a text as a number below 2^256; an argument, since the core does no I/O of its own. */
export type TextHash = (text: string) => bigint;

/** Confirmed state before a change: entries, tombstones included, and for each folder the sum of its children's terms (0 where none is kept). */
export interface DigestReader {
  entry(id: EntryId): Entry | null;
  childSum(id: EntryId): bigint;
}
export interface EntryChange {
  readonly before: Entry | null;
  readonly after: Entry | null;
}

const modulus = 2n ** 256n;
export const addTerms = (left: bigint, right: bigint): bigint => (left + right) % modulus;
export const subtractTerms = (left: bigint, right: bigint): bigint => (left - right + modulus) % modulus;

/** All of an entry that hub and regions must agree on, and nothing else: one text for one state, whatever the order of keys. */
export const entryFingerprint = (entry: Entry): string =>
  JSON.stringify([
    entry.id,
    entry.kind,
    entry.parentId,
    entry.name,
    entry.location === null ? null : dotKey(entry.location.dot),
    entry.heads.map((head) => [dotKey(head.dot), head.content.hash]),
    entry.trash.map((version) => [dotKey(version.dot), version.content.hash, dotKey(version.trashedBy), version.implied]),
    entry.sameDots.map(dotKey),
    entry.deleted === null ? null : [dotKey(entry.deleted.dot), entry.deleted.implied],
    entry.recovered,
  ]);

/** What an entry adds to its folder's sum: itself and all below it. */
export const entryTerm = (entry: Entry, childSum: bigint, hash: TextHash): bigint =>
  hash(`${entryFingerprint(entry)}${childSum.toString(16)}`);
export const aliasTerm = (from: EntryId, to: EntryId, hash: TextHash): bigint => hash(JSON.stringify(['alias', from, to]));
export const versionTerm = (entryId: EntryId, version: Version, hash: TextHash): bigint =>
  hash(JSON.stringify(['version', entryId, dotKey(version.dot), version.content.hash, version.content.size]));

/** One hash of a whole space, in hex: equal exactly where tree, aliases and versions are equal (SY13). */
export const spaceDigest = (sums: { readonly root: bigint; readonly aliases: bigint; readonly versions: bigint }, hash: TextHash): string =>
  hash(JSON.stringify([sums.root.toString(16), sums.aliases.toString(16), sums.versions.toString(16)]))
    .toString(16)
    .padStart(64, '0');

/**
 * The child sums that differ after a batch of changes. A folder's sum is an incremental multiset hash (Clarke et al., "Incremental
 * Multiset Hash Functions", 2003: terms added modulo 2^256), so the cost is that of the changed entries and the folders above them,
 * however many children these have. Every folder above a changed entry must be readable.
 */
export const childSumsAfter = (
  reader: DigestReader,
  changes: ReadonlyMap<EntryId, EntryChange>,
  hash: TextHash,
): ReadonlyMap<EntryId, bigint> => childTotalsAfter(reader, changes, (entry, childSum) => entryTerm(entry, childSum, hash));

/** As `childSumsAfter`, of any sum that is kept per folder: `termOf` is what an entry adds to its folder's, from itself and its own. */
export function childTotalsAfter(
  reader: DigestReader,
  changes: ReadonlyMap<EntryId, EntryChange>,
  termOf: (entry: Entry, childSum: bigint) => bigint,
): ReadonlyMap<EntryId, bigint> {
  const before = (id: EntryId): Entry | null => (changes.has(id) ? (changes.get(id)?.before ?? null) : reader.entry(id));
  const after = (id: EntryId): Entry | null => (changes.has(id) ? (changes.get(id)?.after ?? null) : reader.entry(id));
  const affected = affectedEntries(changes.keys(), [before, after]);
  const removed = new Map<EntryId, bigint>();
  const children = new Map<EntryId, Entry[]>();
  for (const id of affected) {
    const was = before(id);
    if (was !== null && was.parentId !== null)
      removed.set(was.parentId, addTerms(removed.get(was.parentId) ?? 0n, termOf(was, reader.childSum(id))));
    const is = after(id);
    if (is === null || is.parentId === null) continue;
    const siblings = children.get(is.parentId);
    if (siblings === undefined) children.set(is.parentId, [is]);
    else siblings.push(is);
  }
  const sums = new Map<EntryId, bigint>();
  const sumAfter = (id: EntryId): bigint => {
    const known = sums.get(id);
    if (known !== undefined) return known;
    let sum = subtractTerms(reader.childSum(id), removed.get(id) ?? 0n);
    for (const child of children.get(id) ?? [])
      sum = addTerms(sum, termOf(child, affected.has(child.id) ? sumAfter(child.id) : reader.childSum(child.id)));
    sums.set(id, sum);
    return sum;
  };
  for (const id of affected) sumAfter(id);
  sumAfter(rootId);
  return new Map([...sums].filter(([id, sum]) => sum !== reader.childSum(id)));
}

/** What changed, and every folder above it, as it was and as it is. */
function affectedEntries(changed: Iterable<EntryId>, views: readonly ((id: EntryId) => Entry | null)[]): Set<EntryId> {
  const affected = new Set<EntryId>(changed);
  for (const view of views) {
    const waiting = [...affected];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      const parentId = view(id)?.parentId ?? null;
      if (parentId === null || affected.has(parentId)) continue;
      affected.add(parentId);
      waiting.push(parentId);
    }
  }
  return affected;
}
