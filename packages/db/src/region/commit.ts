import type { Clock, Effect, Operation, ReplicaId } from '@jzse/sync';
import { applyOperation } from '@jzse/sync';
import type { ChunkIndexTable } from './chunk-index.ts';
import type { Contents } from './contents.ts';
import type { Cursors, SpaceRow } from './cursor.ts';
import type { Journal } from './journal.ts';
import type { Outbox } from './outbox.ts';
import type { CommitRequest, Committed } from './region-store.ts';
import type { ShownTreeOf } from './shown-tree.ts';
import type { ShownWrites } from './shown-writes.ts';
import type { Uploads } from './uploads.ts';

export interface CommitDeps {
  readonly shownTree: ShownTreeOf;
  readonly writes: ShownWrites;
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly journal: Journal;
  readonly contents: Contents;
  readonly chunks: ChunkIndexTable;
  readonly uploads: Uploads;
  readonly replica: () => ReplicaId | null;
  readonly nowMs: () => number;
}

/** One commit, inside the group's transaction: operations decided on what is shown, shown, and put into the outbox. */
export function commitOperations(deps: CommitDeps, request: CommitRequest): Committed {
  const { space } = request;
  const replica = deps.replica();
  const row = deps.cursors.read(space);
  if (replica === null) throw new Error('this region has no replica id yet: it must reach the hub once');
  if (row === null) throw new Error(`unknown space ${space}`);
  const tree = deps.shownTree(row.tree);
  const operations = request.decide({
    tree,
    isConfirmedAlias: tree.isConfirmedAlias,
    replica,
    position: row.position,
    lastCounter: row.counter,
    clock: row.clock,
    hasChunks: (hashes) => hashes.every((hash) => deps.chunks.has(hash)),
  });
  const effects: Effect[] = [];
  let { counter, clock } = row as { counter: number; clock: Clock };
  for (const operation of operations) {
    counter = nextCounter(operation, counter);
    clock = operation.stamp;
    effects.push(...showOutstanding(deps, row, { operation, change: request.change }));
  }
  for (const held of request.contents) deps.contents.hold(held);
  if (request.uploadDone !== undefined) deps.uploads.complete(request.uploadDone);
  if (operations.length > 0) deps.cursors.advance(space, counter, clock);
  return { operations, effects, position: row.position, counter };
}

function showOutstanding(
  deps: CommitDeps,
  { tree, forks }: SpaceRow,
  { operation, change }: { readonly operation: Operation; readonly change: CommitRequest['change'] },
): readonly Effect[] {
  const atMs = deps.nowMs();
  const effects = applyOperation(deps.shownTree(tree), operation, { position: null, forks });
  const ordinal = deps.outbox.append(tree.space, operation, atMs);
  deps.journal.note(tree, { operation, effects, change, atMs });
  deps.writes.applyOutstanding(tree, effects, ordinal);
  return effects;
}

function nextCounter(operation: Operation, last: number): number {
  if (operation.dot.counter !== last + 1) throw new Error(`operation ${operation.dot.counter} does not follow ${last}`);
  return operation.dot.counter;
}
