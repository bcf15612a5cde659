import type { Content, Entry, EntryId, Operation } from '../src/index.ts';
import { dotKey, hash, mergedInto, nameKey, observedBelow, regionId, rootId, tickClock } from '../src/index.ts';
import type { MemoryTree } from './memory-tree.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { TestRegion } from './test-region.ts';

const names = ['a', 'b', 'c', 'A', 'dd', 'Ee', 'é', 'e\u0301'];
const facts = { mediaType: null, modifiedMs: null };

/** What an acknowledged delete had seen; for the check that nothing it saw comes back. */
export interface SeenByDelete {
  readonly operation: Operation & { readonly type: 'delete' };
  readonly heads: ReadonlySet<string>;
  readonly locations: ReadonlySet<string>;
}

type Draw = { readonly type: Operation['type']; readonly [field: string]: unknown } | null;

/** Draws one operation that a person in this region could do now, over few names so that they collide. */
export function authorOperation(region: TestRegion, nowMs: number, random: SeededRandom): Operation | null {
  const tree = region.shown();
  const drawn = draw(region, tree, random);
  if (drawn === null) return null;
  const clock = tickClock(region.state.clock, nowMs);
  const counter = region.counter + 1;
  const { epoch, sequence } = region.state;
  return {
    author: { user: 'u', device: 'd', region: regionId(`r${region.index}`) },
    dot: { replica: region.replica, counter },
    stamp: { ...clock, replica: region.replica },
    context: { position: { epoch, sequence }, counter: counter - 1 },
    ...drawn,
  } as unknown as Operation;
}

function draw(region: TestRegion, tree: MemoryTree, random: SeededRandom): Draw {
  const known = [...tree.entries.values()].filter((entry) => entry.id !== rootId);
  const live = known.filter((entry) => entry.deleted === null);
  const kind = random.next();
  if (kind < 0.3 || live.length === 0) return drawCreate(region, tree, random);
  if (kind < 0.55) return drawWrite(region, tree, random);
  if (kind < 0.8) return drawMove(tree, live, random);
  if (kind < 0.95) return drawDelete(region, tree, random.pick(live));
  const dead = known.filter((entry) => entry.deleted !== null && entry.kind === 'file');
  if (dead.length === 0) return null;
  const entry = random.pick(dead);
  return { type: 'restore', entryId: entry.id, name: entry.name, content: contentOf(region), facts };
}

const folders = (tree: MemoryTree): Entry[] =>
  [...tree.entries.values()].filter((entry) => entry.kind === 'folder' && entry.deleted === null);

function drawCreate(region: TestRegion, tree: MemoryTree, random: SeededRandom): Draw {
  const parentId = random.pick(folders(tree)).id;
  const name = random.pick(names);
  if (tree.liveChild(parentId, nameKey(name)) !== null) return null;
  const entryId = `${region.replica}-${region.counter + 1}`;
  if (random.chance(0.4)) return { type: 'create', kind: 'folder', entryId, parentId, name };
  return { type: 'create', kind: 'file', entryId, parentId, name, content: random.chance(0.2) ? sameContent : contentOf(region), facts };
}

function drawWrite(region: TestRegion, tree: MemoryTree, random: SeededRandom): Draw {
  const files = [...tree.entries.values()].filter((entry) => entry.kind === 'file' && entry.deleted === null);
  if (files.length === 0) return null;
  const entry = random.pick(files);
  const all = entry.heads.map((head) => head.dot);
  let base = all;
  if (random.chance(0.2)) base = [];
  else if (all.length > 1 && random.chance(0.5)) base = [random.pick(all)];
  const type = base.length === all.length && all.length > 1 ? 'resolve' : 'write';
  return { type, entryId: entry.id, base, name: entry.name, content: contentOf(region), facts, alsoIds: merged(region, tree, entry.id) };
}

function drawMove(tree: MemoryTree, live: readonly Entry[], random: SeededRandom): Draw {
  const entry = random.pick(live);
  const parentId = random.pick(folders(tree)).id;
  const name = random.pick(names);
  const holder = tree.liveChild(parentId, nameKey(name));
  if (isAtOrAbove(tree, entry.id, parentId) || (holder !== null && holder.id !== entry.id)) return null;
  return { type: 'move', entryId: entry.id, parentId, name };
}

function drawDelete(region: TestRegion, tree: MemoryTree, entry: Entry): Draw {
  const below = observedBelow(tree, entry.id);
  const aliases = below
    .slice(1)
    .flatMap((seen) => merged(region, tree, seen.id))
    .map((id) => ({ id, heads: [] }));
  return {
    type: 'delete',
    entryId: entry.id,
    base: entry.heads.map((head) => head.dot),
    observed: [...below, ...aliases],
    alsoIds: merged(region, tree, entry.id),
  };
}

const merged = (region: TestRegion, tree: MemoryTree, id: EntryId): EntryId[] =>
  mergedInto(tree, id, (alias) => region.state.confirmed.aliasOf(alias) !== null);

function isAtOrAbove(tree: MemoryTree, ancestor: EntryId, id: EntryId): boolean {
  for (let current: EntryId | null = id; current !== null; current = tree.entry(current)?.parentId ?? null)
    if (current === ancestor) return true;
  return false;
}

/** What the author of a delete saw, for the checks at the end. */
export function seenByDelete(tree: MemoryTree, operation: Operation & { readonly type: 'delete' }): SeenByDelete {
  const seen = operation.observed.map((observed) => tree.entry(observed.id)).filter((entry) => entry !== null);
  return {
    operation,
    heads: new Set(operation.observed.flatMap((entry) => entry.heads).map(dotKey)),
    locations: new Set(seen.flatMap((entry) => (entry.location === null ? [] : [dotKey(entry.location.dot)]))),
  };
}

const textHash = (text: string): Content['hash'] =>
  hash(
    [...text]
      .map((character) => character.charCodeAt(0).toString(16).padStart(2, '0'))
      .join('')
      .slice(0, 64)
      .padEnd(64, '0'),
  );
const sameContent: Content = { hash: textHash('same'), size: 1, manifest: null };
const contentOf = (region: TestRegion): Content => ({ hash: textHash(`${region.replica}/${region.counter + 1}`), size: 1, manifest: null });
