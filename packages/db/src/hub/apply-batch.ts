import type { Entry, EntryId, FeedRow, Forks, Operation, TreeNeed, Version } from '@jzse/sync';
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
/** What a batch of operations changed: the last state of each thing, and a feed row for each operation. */
export interface AppliedBatch {
  readonly rows: readonly FeedRow[];
  readonly entries: ReadonlyMap<EntryId, Entry>;
  readonly aliases: ReadonlyMap<EntryId, EntryId>;
  readonly versions: ReadonlyMap<string, { readonly entryId: EntryId; readonly version: Version }>;
}
export interface ApplyBatchDeps {
  /** The tree before the batch, as far as it is loaded. */
  readonly tree: LoadedTree;
  readonly load: (needs: Iterable<TreeNeed>) => Promise<void>;
}

/** Operations one after another, each on what those before it left. Loads what turns out to be missing, for all that follow at once. */
export async function applyBatch(deps: ApplyBatchDeps, operations: readonly Operation[], place: BatchPlace): Promise<AppliedBatch> {
  const overlay = new TreeOverlay(deps.tree);
  const batch = { rows: [] as FeedRow[], entries: new Map<EntryId, Entry>(), aliases: new Map<EntryId, EntryId>(), versions: new Map() };
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
      take(batch, { position, operation, effects });
      at++;
    } catch (cause) {
      if (!(cause instanceof TreeMiss)) throw cause;
      await deps.load(both(cause.needs, needsOf(operations.slice(at), known)));
      if (cause.needs.some((need) => deps.tree.lacks(need))) throw cause;
    }
  }
  return batch;
}

/** The root is implied and never changes. */
function take(
  batch: {
    readonly rows: FeedRow[];
    readonly entries: Map<EntryId, Entry>;
    readonly aliases: Map<EntryId, EntryId>;
    readonly versions: Map<string, { readonly entryId: EntryId; readonly version: Version }>;
  },
  row: FeedRow,
): void {
  batch.rows.push(row);
  for (const effect of row.effects) {
    if (effect.type === 'entry' && effect.entry.id !== rootId) batch.entries.set(effect.entry.id, effect.entry);
    else if (effect.type === 'alias') batch.aliases.set(effect.from, effect.to);
    else if (effect.type === 'version') batch.versions.set(dotKey(effect.version.dot), effect);
  }
}

function* both<T>(first: Iterable<T>, second: Iterable<T>): Generator<T> {
  yield* first;
  yield* second;
}
