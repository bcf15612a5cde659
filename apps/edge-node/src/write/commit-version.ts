import { JzseError } from '@jzse/api';
import type { Committed, CommitView, ContentWithChunks } from '@jzse/db/region';
import type { Author, Clock, Dot, Entry, EntryId, Hash, Operation, SpaceId } from '@jzse/sync';
import { applyOperation, joinPath, TreeOverlay, tickClock } from '@jzse/sync';
import type { Decide, Decision, PlannedOperation } from './planned-operation.ts';
import { rememberingTree } from './remembering-tree.ts';
import type { WriteDeps } from './write-deps.ts';
import { asWriteError } from './write-errors.ts';

export interface CommitWish {
  readonly space: SpaceId;
  readonly author: Author;
  /** Each sees what those before it did. All of them are committed, or none. */
  readonly decide: readonly Decide[];
  /** Of all the versions that are made; their chunks must be here. */
  readonly contents: readonly ContentWithChunks[];
  readonly uploadDone?: string;
  /** All of it is a part of one change that a person can undo. */
  readonly change?: { readonly changeId: string; readonly what: string };
  /** Of this region itself, on nobody's behalf: nobody's rights are asked for. */
  readonly isOwn?: boolean;
}

/** What became of one decision. */
export interface Outcome {
  readonly entryId: EntryId;
  readonly path: string;
  /** The entry was not there before. */
  readonly created: boolean;
  /** The version that is shown at the path now; null for what is not a write of a file. */
  readonly version: Dot | null;
  /** As the commit left it; null if there was nothing to change. */
  readonly entry: Entry | null;
}

/**
 * Commits: the one place where the shown tree, the outbox and the counter move. Resolves when all of it is flushed.
 * Throws what the decisions throw, `chunks-missing` (retryable; `detail.missing` names them), `unknown-space`, `not-ready`, `storage-full`.
 */
export async function commitVersion(deps: WriteDeps, wish: CommitWish): Promise<readonly Outcome[]> {
  await checkSpace(deps, wish.space);
  let outcomes: readonly Outcome[] = [];
  const committed = await commit(deps, wish, (decided) => {
    outcomes = decided;
  });
  if (committed.operations.length === 0) return outcomes;
  deps.committed(wish.space, committed);
  const changed = new Map(
    committed.effects.flatMap((effect) => (effect.type === 'entry' ? [[effect.entry.id, effect.entry] as const] : [])),
  );
  return outcomes.map((outcome) => ({ ...outcome, entry: changed.get(outcome.entryId) ?? null }));
}

/** Throws `not-ready` until the hub has issued a replica id, `unknown-space` for what is no space here. */
export async function checkSpace(deps: Pick<WriteDeps, 'store'>, space: SpaceId): Promise<void> {
  if (deps.store.replica() === null) {
    throw new JzseError('not-ready', 'this region has not been registered with the hub yet; try again in a moment');
  }
  if (!(await deps.store.listSpaces()).includes(space))
    throw new JzseError('unknown-space', 'there is no such space', { detail: { space } });
}

async function commit(deps: WriteDeps, wish: CommitWish, onDecided: (outcomes: readonly Outcome[]) => void): Promise<Committed> {
  const chunks = [...new Set(wish.contents.flatMap(chunksOf))];
  try {
    return await deps.store.commit({
      space: wish.space,
      contents: wish.contents,
      ...(wish.uploadDone === undefined ? {} : { uploadDone: wish.uploadDone }),
      ...(wish.change === undefined ? {} : { change: { ...wish.change, author: wish.author } }),
      decide: (view) => {
        checkChunks(view, chunks);
        const decided = decideAll(deps, wish, view);
        if (wish.isOwn !== true) deps.checkCommit({ ...wish, tree: view.tree, operations: decided.operations });
        onDecided(decided.outcomes);
        return decided.operations;
      },
    });
  } catch (cause) {
    throw asWriteError(cause);
  }
}

const chunksOf = ({ content, chunks }: ContentWithChunks): Hash[] => [
  ...chunks.map((chunk) => chunk.hash),
  ...(content.manifest === null ? [] : [content.manifest]),
];

function checkChunks(view: CommitView, chunks: readonly Hash[]): void {
  if (view.hasChunks(chunks)) return;
  const missing = chunks.filter((hash) => !view.hasChunks([hash]));
  throw new JzseError('chunks-missing', 'this region lacks some of the chunks; send them and commit again', { detail: { missing } });
}

interface Decided {
  readonly operations: readonly Operation[];
  readonly outcomes: readonly Outcome[];
}

function decideAll(deps: WriteDeps, wish: CommitWish, view: CommitView): Decided {
  const isOne = wish.decide.length === 1;
  const tree = new TreeOverlay(isOne ? view.tree : rememberingTree(view.tree));
  const stamp = stamper(deps, wish.author, view);
  const operations: Operation[] = [];
  const outcomes = wish.decide.map((decide) => {
    const decision = decide({ tree, isConfirmedAlias: (id) => view.isConfirmedAlias(id), newEntryId: deps.newEntryId });
    const stamped = decision.operations.map(stamp);
    operations.push(...stamped);
    // The next decision sees it; after the only one nobody looks.
    if (!isOne) for (const operation of stamped) tree.apply(applyOperation(tree, operation, { position: null, forks: {} }));
    return outcomeOf(decision, stamped.at(-1));
  });
  return { operations, outcomes };
}

/** Gives each operation its place: next counter, next stamp, what its author had seen. */
function stamper(deps: WriteDeps, author: Author, view: CommitView): (planned: PlannedOperation) => Operation {
  const { replica, position } = view;
  let counter = view.lastCounter;
  let clock: Clock = view.clock;
  return (planned) => {
    clock = tickClock(clock, deps.nowMs());
    const context = { position, counter };
    counter++;
    return { ...planned, author, dot: { replica, counter }, stamp: { ...clock, replica }, context };
  };
}

function outcomeOf(decision: Decision, last: Operation | undefined): Outcome {
  return {
    entryId: decision.entryId,
    path: joinPath(decision.names),
    created: decision.created,
    version: decision.version ?? (last !== undefined && makesVersion(last) ? last.dot : null),
    entry: null,
  };
}

function makesVersion(operation: Operation): boolean {
  if (operation.type === 'write' || operation.type === 'resolve') return true;
  if (operation.type === 'create') return operation.kind === 'file';
  return operation.type === 'restore' && operation.content !== null;
}
