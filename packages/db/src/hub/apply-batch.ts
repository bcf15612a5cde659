import type { Effect, Entry, EntryId, FeedRow, Forks, Operation, TreeNeed, Version } from '@jzse/sync';
import { applyOperation, dotKey, rootId, TreeMiss, TreeOverlay } from '@jzse/sync';
import type { LoadedTree } from './loaded-tree.ts';
import type { KnownTree } from './tree-needs.ts';
import { needsOf } from './tree-needs.ts';

/** Where a batch goes in the log of its space. */
export interface BatchPlace {
  readonly epoch: number;
  readonly lastSequence: number;
  readonly forks: Forks;
}
export interface NewVersion {
  readonly entryId: EntryId;
  readonly version: Version;
}
/** An entry that a row changed, as it was before that row. */
export interface FormerEntry {
  readonly sequence: number;
  readonly entryId: EntryId;
  /** Null: it was not there. */
  readonly before: Entry | null;
}
/** What a batch of operations changed: the last state of each thing, and a feed row for each operation. */
export interface AppliedBatch {
  readonly rows: readonly FeedRow[];
  /** Null: forgotten. */
  readonly entries: ReadonlyMap<EntryId, Entry | null>;
  readonly former: readonly FormerEntry[];
  readonly aliases: ReadonlyMap<EntryId, EntryId>;
  readonly versions: ReadonlyMap<string, NewVersion>;
  /** Of entries and versions (by dot key) that were there before the batch or not. */
  readonly forgotten: { readonly entries: ReadonlySet<EntryId>; readonly versions: ReadonlySet<string> };
}
export interface ApplyBatchDeps {
  /** The tree before the batch, as far as it is loaded. */
  readonly tree: LoadedTree;
  readonly load: (needs: Iterable<TreeNeed>) => Promise<void>;
}

/** Operations one after another, each on what those before it left. Loads what turns out to be missing, for all that follow at once. */
export async function applyBatch(deps: ApplyBatchDeps, operations: readonly Operation[], place: BatchPlace): Promise<AppliedBatch> {
  const overlay = new TreeOverlay(deps.tree);
  const batch = emptyBatch();
  const known: KnownTree = {
    alias: (id) => batch.aliases.get(id) ?? deps.tree.peekAlias(id),
    entry: (id) => batch.entries.get(id) ?? deps.tree.peekEntry(id),
  };
  for (let at = 0; at < operations.length; ) {
    const operation = operations[at];
    if (operation === undefined) break;
    const position = { epoch: place.epoch, sequence: place.lastSequence + at + 1 };
    try {
      const effects = applyOperation(overlay, operation, { position, forks: place.forks });
      overlay.apply(effects);
      take(batch, deps.tree, { position, operation, effects });
      at++;
    } catch (cause) {
      if (!(cause instanceof TreeMiss)) throw cause;
      await deps.load(both(cause.needs, needsOf(operations.slice(at), known)));
      if (cause.needs.some((need) => deps.tree.lacks(need))) throw cause;
    }
  }
  return batch;
}

const emptyBatch = () => ({
  rows: [] as FeedRow[],
  entries: new Map<EntryId, Entry | null>(),
  former: [] as FormerEntry[],
  aliases: new Map<EntryId, EntryId>(),
  versions: new Map<string, NewVersion>(),
  forgotten: { entries: new Set<EntryId>(), versions: new Set<string>() },
});

function take(batch: ReturnType<typeof emptyBatch>, tree: LoadedTree, row: FeedRow): void {
  batch.rows.push(row);
  const changeEntry = (id: EntryId, after: Entry | null): void => {
    // The root is implied and never changes.
    if (id === rootId) return;
    const own = batch.entries.get(id);
    const before = own === undefined ? (tree.peekEntry(id) ?? null) : own;
    if (before !== after) batch.former.push({ sequence: row.position.sequence, entryId: id, before });
    batch.entries.set(id, after);
  };
  for (const effect of row.effects) {
    if (effect.type === 'entry') changeEntry(effect.entry.id, effect.entry);
    else if (effect.type === 'forget-entry') changeEntry(effect.entryId, null);
    takeOther(batch, effect);
  }
}

function takeOther(batch: ReturnType<typeof emptyBatch>, effect: Effect): void {
  if (effect.type === 'alias') batch.aliases.set(effect.from, effect.to);
  else if (effect.type === 'version') batch.versions.set(dotKey(effect.version.dot), { entryId: effect.entryId, version: effect.version });
  else if (effect.type === 'forget-entry') {
    batch.forgotten.entries.add(effect.entryId);
    for (const [from, to] of batch.aliases) if (to === effect.entryId) batch.aliases.delete(from);
  } else if (effect.type === 'forget-version') {
    batch.forgotten.versions.add(dotKey(effect.dot));
    batch.versions.delete(dotKey(effect.dot));
  }
}

function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}
