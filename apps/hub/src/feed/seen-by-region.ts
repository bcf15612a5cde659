import { JzseError } from '@jzse/api';
import type { HubStore } from '@jzse/db/hub';
import type { Effect, Entry, EntryId, Forks, Operation, RegionId, SpaceId, TreeNeed, TreeReader } from '@jzse/sync';
import { applyOperation, nameKey, rootEntry, rootId, TreeMiss, TreeOverlay } from '@jzse/sync';
import type { PastTree } from './past-tree.ts';
import { pastChild } from './past-tree.ts';

/** Operations of a region that are applied on top, and children of a folder that one of them may need. */
const outstandingMax = 5_000;
const childrenPerRead = 1_000;

export interface SeenDeps {
  readonly store: Pick<HubStore, 'operationsOf'>;
}
export interface Seen {
  readonly space: SpaceId;
  readonly region: RegionId;
  readonly atMs: number;
  /** How far the region had applied the log. */
  readonly sequence: number;
  readonly forks: Forks;
}

/** The tree as a region showed it: what it had of the log, with its own operations on top that it had committed by then (by their stamps). */
export async function seenByRegion({ store }: SeenDeps, tree: PastTree, seen: Seen): Promise<PastTree> {
  const operations = await readOutstanding(store, seen);
  if (operations.length === 0) return tree;
  const base = createLoadingTree();
  const overlay = new TreeOverlay(base.reader);
  const changed = new Map<EntryId, Entry>();
  for (const operation of operations) {
    const effects = await applyLoading(tree, base, () => applyOperation(overlay, operation, { position: null, forks: seen.forks }));
    overlay.apply(effects);
    for (const effect of effects) if (effect.type === 'entry') changed.set(effect.entry.id, effect.entry);
  }
  return laidOver(tree, changed);
}

async function readOutstanding(store: SeenDeps['store'], { space, region, atMs, sequence }: Seen): Promise<readonly Operation[]> {
  const operations = await store.operationsOf(space, { region, after: sequence, untilMs: atMs, limit: outstandingMax + 1 });
  if (operations.length <= outstandingMax) return operations;
  throw new JzseError('too-large', `${region} had more than ${outstandingMax} changes outstanding then: ask for a later moment`, {
    detail: { space, region },
  });
}

async function applyLoading(tree: PastTree, base: LoadingTree, apply: () => Effect[]): Promise<Effect[]> {
  for (;;) {
    try {
      return apply();
    } catch (cause) {
      if (!(cause instanceof TreeMiss)) throw cause;
      for (const need of cause.needs) await base.load(tree, need);
    }
  }
}

interface LoadingTree {
  readonly reader: TreeReader;
  load(tree: PastTree, need: TreeNeed): Promise<void>;
}

/** What was read of a past tree so far. The store follows aliases itself, so an entry that comes under another id was merged into that one. */
function createLoadingTree(): LoadingTree {
  const entries = new Map<EntryId, Entry | null>([[rootId, rootEntry]]);
  const children = new Map<EntryId, readonly EntryId[]>();
  const named = new Map<string, Entry | null>();
  const nameOf = (parentId: EntryId, key: string): string => `${parentId}/${key}`;
  const known = <T>(value: T | undefined, need: TreeNeed): T => {
    if (value === undefined) throw new TreeMiss([need]);
    return value;
  };
  const entryOf = (id: EntryId): Entry | null => known(entries.get(id), { type: 'entry', id });
  return {
    reader: {
      entry: (id) => {
        const entry = entryOf(id);
        return entry?.id === id ? entry : null;
      },
      aliasOf: (id) => {
        const entry = entryOf(id);
        return entry === null || entry.id === id ? null : entry.id;
      },
      liveChild: (parentId, key) => known(named.get(nameOf(parentId, key)), { type: 'child', parentId, nameKey: key }),
      liveChildren: (parentId) => known(children.get(parentId), { type: 'children', parentId }),
      hasChild: () => true,
      aliasesTo: () => [],
    },
    load: async (tree, need) => {
      if (need.type === 'entry') entries.set(need.id, await tree.entry(need.id));
      if (need.type === 'child') named.set(nameOf(need.parentId, need.nameKey), await pastChild(tree, need.parentId, need.nameKey));
      if (need.type === 'children') {
        const all = await allChildren(tree, need.parentId);
        children.set(
          need.parentId,
          all.map(({ id }) => id),
        );
        for (const entry of all) entries.set(entry.id, entry);
      }
    },
  };
}

async function allChildren(tree: PastTree, folder: EntryId): Promise<readonly Entry[]> {
  const all: Entry[] = [];
  for (let after: string | null = null; ; ) {
    const page = await tree.children(folder, { after, limit: childrenPerRead });
    for (const entry of page) all.push(entry);
    const last = page.at(-1);
    if (last === undefined || page.length < childrenPerRead) return all;
    after = nameKey(last.name);
  }
}

/** Children that changed are taken out where they were and put in where they are. */
function laidOver(tree: PastTree, changed: ReadonlyMap<EntryId, Entry>): PastTree {
  const putInto = new Map<EntryId, Entry[]>();
  for (const entry of changed.values()) {
    if (entry.parentId === null || entry.deleted !== null) continue;
    putInto.set(entry.parentId, [...(putInto.get(entry.parentId) ?? []), entry]);
  }
  return {
    entry: async (id) => changed.get(id) ?? (await tree.entry(id)),
    children: async (folder, { after, limit }) => {
      const own = (putInto.get(folder) ?? []).filter(({ name }) => after === null || nameKey(name) > after);
      const found: Entry[] = [];
      for (let from = after; found.length < limit; ) {
        const page = await tree.children(folder, { after: from, limit });
        for (const entry of page) if (!changed.has(entry.id)) found.push(entry);
        const last = page.at(-1);
        if (last === undefined || page.length < limit) break;
        from = nameKey(last.name);
      }
      return [...own, ...found].sort((left, right) => (nameKey(left.name) < nameKey(right.name) ? -1 : 1)).slice(0, limit);
    },
  };
}
