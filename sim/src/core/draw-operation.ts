import type { Content, Dot, Entry, EntryId, FileFacts, Operation } from '@jzse/sync';
import { dotKey, hash, mergedInto, nameKey, observedBelow, regionId, rootId, tickClock } from '@jzse/sync';
import type { CoreRegion } from './core-region.ts';
import type { CoreTree } from './core-tree.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How people of this history work: over few names, so that they collide. */
export interface Habits {
  readonly names: readonly string[];
  readonly folders: number;
  readonly creates: number;
  readonly writes: number;
  readonly moves: number;
  readonly deletes: number;
  readonly staleBase: number;
  readonly sameBytes: number;
}

const facts: FileFacts = { mediaType: null, modifiedMs: null };
type Draw = { readonly type: Operation['type']; readonly [field: string]: unknown } | null;
interface Desk {
  readonly region: CoreRegion;
  readonly tree: CoreTree;
  readonly habits: Habits;
  readonly random: SeededRandom;
}

/** One operation that a person in this region could do now. */
export function drawOperation(
  region: CoreRegion,
  work: { readonly habits: Habits; readonly nowMs: number },
  random: SeededRandom,
): Operation | null {
  const drawn = draw({ region, tree: region.shown(), habits: work.habits, random });
  if (drawn === null) return null;
  const clock = tickClock(region.disk.clock, work.nowMs);
  const counter = region.counter + 1;
  const { epoch, sequence } = region.disk.cursor;
  return {
    author: { user: 'u', device: 'd', region: regionId(`r${region.index}`) },
    dot: { replica: region.replica, counter },
    stamp: { ...clock, replica: region.replica },
    context: { position: { epoch, sequence }, counter: counter - 1 },
    ...drawn,
  } as unknown as Operation;
}

function draw(desk: Desk): Draw {
  const { tree, habits, random } = desk;
  const live: Entry[] = [];
  const dead: Entry[] = [];
  for (const entry of tree.entries.values()) if (entry.id !== rootId) (entry.deleted === null ? live : dead).push(entry);
  const kind = random.next() * (habits.creates + habits.writes + habits.moves + habits.deletes + 0.05);
  if (kind < habits.creates || live.length === 0) return drawCreate(desk, live);
  if (kind < habits.creates + habits.writes) return drawWrite(desk, live);
  if (kind < habits.creates + habits.writes + habits.moves) return drawMove(desk, live);
  if (kind < habits.creates + habits.writes + habits.moves + habits.deletes) return drawDelete(desk, random.pick(live));
  return dead.length === 0 ? null : drawRestore(desk, random.pick(dead));
}

const parentIds = (live: readonly Entry[]): EntryId[] => [
  rootId,
  ...live.filter((entry) => entry.kind === 'folder').map((entry) => entry.id),
];

function drawCreate({ region, tree, habits, random }: Desk, live: readonly Entry[]): Draw {
  const parentId = random.pick(parentIds(live));
  const name = random.pick(habits.names);
  if (tree.liveChild(parentId, nameKey(name)) !== null) return null;
  const entryId = `${region.replica}-${region.counter + 1}`;
  if (random.chance(habits.folders)) return { type: 'create', kind: 'folder', entryId, parentId, name };
  const content = random.chance(habits.sameBytes) ? sameContent : contentOf(region);
  return { type: 'create', kind: 'file', entryId, parentId, name, content, facts };
}

function drawWrite({ region, tree, habits, random }: Desk, live: readonly Entry[]): Draw {
  const files = live.filter((entry) => entry.kind === 'file');
  if (files.length === 0) return null;
  const entry = random.pick(files);
  const all = entry.heads.map((head) => head.dot);
  const base = random.chance(habits.staleBase) ? staleBase(entry, random) : all;
  const type = base === all && all.length > 1 ? 'resolve' : 'write';
  return { type, entryId: entry.id, base, name: entry.name, content: contentOf(region), facts, alsoIds: merged(region, tree, entry.id) };
}

/** From an older version, from one sibling only, or from nothing. */
function staleBase(entry: Entry, random: SeededRandom): readonly Dot[] {
  const former = [...entry.trash, ...entry.heads].map((version) => version.dot);
  return random.chance(0.4) ? [] : [random.pick(former)];
}

function drawMove({ tree, habits, random }: Desk, live: readonly Entry[]): Draw {
  const entry = random.pick(live);
  const parentId = random.pick(parentIds(live));
  const name = random.pick(habits.names);
  const holder = tree.liveChild(parentId, nameKey(name));
  if (isAtOrAbove(tree, entry.id, parentId) || (holder !== null && holder.id !== entry.id)) return null;
  return { type: 'move', entryId: entry.id, parentId, name };
}

function drawDelete({ region, tree }: Desk, entry: Entry): Draw {
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

function drawRestore({ region, random }: Desk, entry: Entry): Draw {
  if (entry.kind === 'folder') return { type: 'restore', entryId: entry.id, name: entry.name, content: null, facts };
  const version = entry.trash.length === 0 ? null : random.pick(entry.trash);
  const content = version !== null && random.chance(0.5) ? version.content : contentOf(region);
  return { type: 'restore', entryId: entry.id, name: entry.name, content, facts, from: version?.dot ?? null };
}

const merged = (region: CoreRegion, tree: CoreTree, id: EntryId): EntryId[] =>
  tree.aliases.size === region.disk.confirmed.aliases.size
    ? []
    : mergedInto(tree, id, (alias) => region.disk.confirmed.aliasOf(alias) !== null);

function isAtOrAbove(tree: CoreTree, ancestor: EntryId, id: EntryId): boolean {
  for (let current: EntryId | null = id; current !== null; current = tree.entry(current)?.parentId ?? null)
    if (current === ancestor) return true;
  return false;
}

/** What an acknowledged delete had seen; for the check that nothing it saw comes back. */
export interface SeenByDelete {
  readonly operation: Operation & { readonly type: 'delete' };
  readonly heads: ReadonlySet<string>;
  /** Operations that had placed what it saw. */
  readonly locations: ReadonlySet<string>;
}

export function seenByDelete(tree: CoreTree, operation: Operation & { readonly type: 'delete' }): SeenByDelete {
  const locations = operation.observed.map((observed) => tree.entry(observed.id)?.location?.dot).filter((dot) => dot !== undefined);
  return {
    operation,
    heads: new Set(operation.observed.flatMap((entry) => entry.heads).map(dotKey)),
    locations: new Set(locations.map(dotKey)),
  };
}

function textHash(text: string): Content['hash'] {
  let hex = '';
  for (let at = 0; at < text.length && at < 32; at++) hex += text.charCodeAt(at).toString(16).padStart(2, '0');
  return hash(hex.padEnd(64, '0'));
}
const sameContent: Content = { hash: textHash('same'), size: 1, manifest: null };
const contentOf = (region: CoreRegion): Content => ({ hash: textHash(`${region.counter + 1}/${region.replica}`), size: 1, manifest: null });
