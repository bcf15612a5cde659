import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Entry, EntryChange, EntryId, TextHash } from '../src/index.ts';
import {
  addTerms,
  childSumsAfter,
  entryFingerprint,
  entryTerm,
  regionId,
  replicaId,
  rootEntry,
  rootId,
  spaceDigest,
  subtractTerms,
} from '../src/index.ts';
import { content, facts, id } from './two-authors.ts';

const sha256: TextHash = (text) => BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
const replica = replicaId(regionId('a'), 1);
const author = { user: 'u', device: 'd', region: regionId('a') };

/** What a batch does to one of a few entries: put it somewhere, give it content, delete it, forget it. */
const step = fc.record({
  entry: fc.integer({ min: 0, max: 11 }),
  parent: fc.integer({ min: -1, max: 5 }),
  act: fc.constantFrom('place', 'write', 'delete', 'forget'),
  counter: fc.integer({ min: 1, max: 1000 }),
});
const batches = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 12 });
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('[SY13] sums kept from batch to batch are those computed from all rows, whatever moves, goes or is forgotten', () => {
  fc.assert(
    fc.property(batches, (history) => {
      const entries = new Map<EntryId, Entry>([[rootId, rootEntry]]);
      const sums = new Map<EntryId, bigint>();
      for (const steps of history) {
        const changes = changesOf(entries, steps);
        const reader = { entry: (entry: EntryId) => entries.get(entry) ?? null, childSum: (entry: EntryId) => sums.get(entry) ?? 0n };
        const after = childSumsAfter(reader, changes, sha256);
        for (const [entry, { after: state }] of changes) state === null ? entries.delete(entry) : entries.set(entry, state);
        for (const [folder, sum] of after) sums.set(folder, sum);
        expect(sums.get(rootId) ?? 0n).toBe(sumBelow(entries, rootId));
        for (const entry of entries.values()) expect(sums.get(entry.id) ?? 0n).toBe(sumBelow(entries, entry.id));
      }
    }),
    { numRuns: 300 },
  );
});

test('[SY13] one entry changed in a deep folder costs two hashes a level, however many stand beside it', () => {
  const entries = new Map<EntryId, Entry>([[rootId, rootEntry]]);
  for (let depth = 0; depth < 20; depth++) {
    const parent = depth === 0 ? rootId : id(`d${depth - 1}`);
    entries.set(id(`d${depth}`), entryOf(`d${depth}`, { kind: 'folder', parent, counter: depth + 1 }));
    for (let beside = 0; beside < 100; beside++)
      entries.set(id(`f${depth}-${beside}`), entryOf(`f${depth}-${beside}`, { kind: 'file', parent, counter: 1000 + beside }));
  }
  const sums = new Map([...entries.keys()].map((entry) => [entry, sumBelow(entries, entry)]));
  const before = entries.get(id('f19-7')) as Entry;
  const changes = new Map([[before.id, { before, after: { ...before, name: 'renamed' } }]]);
  let hashes = 0;
  const counted: TextHash = (text) => {
    hashes++;
    return sha256(text);
  };
  const reader = { entry: (entry: EntryId) => entries.get(entry) ?? null, childSum: (entry: EntryId) => sums.get(entry) ?? 0n };
  const after = childSumsAfter(reader, changes, counted);
  entries.set(before.id, { ...before, name: 'renamed' });
  expect(after.get(rootId)).toBe(sumBelow(entries, rootId));
  expect(hashes).toBe(2 * 20);
});

test('[SY13] a digest does not depend on the order of keys, of children, or on what two sides may differ in', () => {
  const file = entryOf('f', { kind: 'file', parent: rootId, counter: 1 });
  const turned = Object.fromEntries(Object.entries(file).reverse()) as unknown as Entry;
  expect(entryFingerprint(turned)).toBe(entryFingerprint(file));
  const terms = [1n, 2n ** 255n, 2n ** 256n - 1n];
  expect(terms.reduce(addTerms)).toBe([...terms].reverse().reduce(addTerms));
  expect(subtractTerms(addTerms(5n, 2n ** 256n - 1n), 2n ** 256n - 1n)).toBe(5n);
  expect(spaceDigest({ root: 0n, aliases: 0n, versions: 0n }, sha256)).toMatch(/^[0-9a-f]{64}$/);
});

test('[SY13] two entries never have one fingerprint by how their parts are joined', () => {
  const name = fc.string({ minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(name, name, (left, right) => {
      const named = (of: string): string => entryFingerprint({ ...entryOf('f', { kind: 'file', parent: rootId, counter: 1 }), name: of });
      expect(named(left) === named(right)).toBe(left === right);
    }),
  );
});

function sumBelow(entries: ReadonlyMap<EntryId, Entry>, folder: EntryId): bigint {
  let sum = 0n;
  for (const entry of entries.values())
    if (entry.parentId === folder) sum = addTerms(sum, entryTerm(entry, sumBelow(entries, entry.id), sha256));
  return sum;
}

/** Entries 0 to 5 are folders. Nothing is put below itself, and nothing is forgotten that something stands in: the core sees to that. */
function changesOf(entries: ReadonlyMap<EntryId, Entry>, steps: readonly Step[]): ReadonlyMap<EntryId, EntryChange> {
  const now = new Map(entries);
  const changes = new Map<EntryId, EntryChange>();
  for (const { entry, parent, act, counter } of steps) {
    const own = id(`e${entry}`);
    const before = now.get(own) ?? null;
    const parentId = parent < 0 || !now.has(id(`e${parent}`)) || isBelow(now, id(`e${parent}`), own) ? rootId : id(`e${parent}`);
    const kind = entry < 6 ? 'folder' : 'file';
    let after: Entry | null = before;
    if (act === 'place' || before === null)
      after = { ...entryOf(`e${entry}`, { kind, parent: parentId, counter }), heads: before?.heads ?? [] };
    else if (act === 'write') after = { ...before, heads: [versionOf(counter)] };
    else if (act === 'delete') after = { ...before, deleted: { dot: { replica, counter }, position: null, implied: counter % 2 === 0 } };
    else if (![...now.values()].some((other) => other.parentId === own)) after = null;
    after === null ? now.delete(own) : now.set(own, after);
    changes.set(own, { before: entries.get(own) ?? null, after });
  }
  return changes;
}

function isBelow(entries: ReadonlyMap<EntryId, Entry>, start: EntryId, above: EntryId): boolean {
  for (let current: EntryId | null = start; current !== null; current = entries.get(current)?.parentId ?? null)
    if (current === above) return true;
  return false;
}

function entryOf(
  name: string,
  { kind, parent, counter }: { readonly kind: 'file' | 'folder'; readonly parent: EntryId; readonly counter: number },
): Entry {
  const location = { dot: { replica, counter }, stamp: { wallMs: counter, logical: 0, replica }, position: null };
  return { ...rootEntry, id: id(name), kind, parentId: parent, name, location, created: location };
}

const versionOf = (counter: number): Entry['heads'][number] => ({
  dot: { replica, counter },
  stamp: { wallMs: counter, logical: 0, replica },
  position: null,
  content: content(String(counter % 10)),
  facts,
  author,
  parents: [],
});
