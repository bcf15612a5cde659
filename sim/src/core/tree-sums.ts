import type { Effect, Entry, EntryChange, EntryId, TextHash } from '@jzse/sync';
import { addTerms, aliasTerm, childSumsAfter, dotKey, entryTerm, rootId, spaceDigest, subtractTerms, versionTerm } from '@jzse/sync';
import type { CoreTree } from './core-tree.ts';

/** What hub and regions keep to name the state of a space by one hash (SY13). */
export interface TreeSums {
  readonly children: ReadonlyMap<EntryId, bigint>;
  readonly aliases: bigint;
  readonly versions: bigint;
}
export const emptySums: TreeSums = { children: new Map(), aliases: 0n, versions: 0n };

/** 64 bits of FNV-1a twice over: not cryptographic, but cheap enough for thousands of histories. */
export const quickHash: TextHash = (text) => {
  let low = 0x811c9dc5;
  let high = 0x01000193;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    low = Math.imul(low ^ code, 0x01000193);
    high = Math.imul(high ^ code, 0x85ebca6b) ^ (low >>> 15);
  }
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
};

export const digestOf = (sums: TreeSums): string =>
  spaceDigest({ root: sums.children.get(rootId) ?? 0n, aliases: sums.aliases, versions: sums.versions }, quickHash);

/** The sums after effects that the tree does not have yet. */
export function sumsAfter(tree: CoreTree, sums: TreeSums, effects: readonly Effect[]): TreeSums {
  const changes = new Map<EntryId, EntryChange>();
  const change = (id: EntryId, after: Entry | null): void =>
    void changes.set(id, { before: changes.has(id) ? (changes.get(id)?.before ?? null) : tree.entry(id), after });
  let { aliases, versions } = sums;
  for (const effect of effects) {
    if (effect.type === 'entry') change(effect.entry.id, effect.entry);
    else if (effect.type === 'forget-entry') {
      for (const from of tree.aliasesTo(effect.entryId)) aliases = subtractTerms(aliases, aliasTerm(from, effect.entryId, quickHash));
      change(effect.entryId, null);
    } else if (effect.type === 'alias') {
      if (tree.aliasOf(effect.from) === null) aliases = addTerms(aliases, aliasTerm(effect.from, effect.to, quickHash));
    } else if (effect.type === 'version') {
      if (!tree.versions.has(dotKey(effect.version.dot)))
        versions = addTerms(versions, versionTerm(effect.entryId, effect.version, quickHash));
    } else if (effect.type === 'forget-version') {
      const row = tree.versions.get(dotKey(effect.dot));
      if (row !== undefined) versions = subtractTerms(versions, versionTerm(row.entryId, row.version, quickHash));
    }
  }
  const reader = { entry: (id: EntryId) => tree.entry(id), childSum: (id: EntryId) => sums.children.get(id) ?? 0n };
  const children = new Map(sums.children);
  for (const [id, sum] of childSumsAfter(reader, changes, quickHash)) children.set(id, sum);
  return { children, aliases, versions };
}

/** The same computed from nothing but the rows: what the sums kept from change to change must equal. */
export function sumsFromScratch(tree: CoreTree): TreeSums {
  const children = new Map<EntryId, bigint>();
  const sumBelow = (id: EntryId): bigint => {
    let sum = 0n;
    for (const childId of tree.children(id)) {
      const entry = tree.entry(childId);
      if (entry !== null) sum = addTerms(sum, entryTerm(entry, sumBelow(childId), quickHash));
    }
    children.set(id, sum);
    return sum;
  };
  sumBelow(rootId);
  let aliases = 0n;
  for (const [from, to] of tree.aliases) aliases = addTerms(aliases, aliasTerm(from, to, quickHash));
  let versions = 0n;
  for (const row of tree.versions.values()) versions = addTerms(versions, versionTerm(row.entryId, row.version, quickHash));
  return { children, aliases, versions };
}
