import type { EntryId } from '@jzse/sync';
import { nameKey } from '@jzse/sync';
import type { LoadedTree } from './loaded-tree.ts';
import { createLoadedTree } from './loaded-tree.ts';
import type { Log } from './read-log.ts';
import type { BatchToWrite } from './write-batch.ts';

/** A batch that is being written: what comes next in the log is prepared meanwhile, on what the log will be then. */
export interface InFlight {
  readonly batch: BatchToWrite;
  /** Where the log ends before and after it. */
  readonly start: number;
  readonly log: Log;
  /** False: it was not. Rejects if that is not known. */
  readonly written: Promise<boolean>;
}

export function putInFlight(batch: BatchToWrite, before: Log, written: Promise<boolean>): InFlight {
  // Whoever waits for it hears of a failure; nobody need wait.
  written.catch(() => undefined);
  const { rows } = batch.applied;
  const counters = new Map(before.counters);
  for (const { operation } of rows) counters.set(operation.dot.replica, operation.dot.counter);
  const log = { ...before, sequence: before.sequence + rows.length, atMs: batch.atMs, sums: batch.sums, counters };
  return { batch, start: before.sequence, log, written };
}

/** The log with that batch at its end; null if it is not the one that the batch is written on, so that it never will be. */
export function logAfter(read: Log, { start, log, batch }: InFlight): Log | null {
  if (read.epoch !== log.epoch || read.sequence !== start) return null;
  const counters = new Map(read.counters);
  for (const { operation } of batch.applied.rows) counters.set(operation.dot.replica, operation.dot.counter);
  return { ...read, sequence: log.sequence, atMs: log.atMs, sums: log.sums, counters };
}

/** A batch that forgets is waited for: what it leaves cannot be told from what was never there. */
export const forgets = ({ applied: { forgotten } }: BatchToWrite): boolean => forgotten.entries.size + forgotten.versions.size > 0;

/**
 * The part of the tree that a batch changed, as it leaves it. Of all the rest the database says the same before and after, and of
 * this part it is not heard (`LoadedTree` keeps what it has); but all children of a folder it can tell only when the batch is in.
 */
export function treeAfter({ tree, applied, sums }: BatchToWrite): LoadedTree {
  const after = createLoadedTree(tree.texts);
  const made = new Map<EntryId, number>();
  for (const { sequence, entryId, before } of applied.former) if (before === null) made.set(entryId, sequence);
  for (const [from, to] of applied.aliases) after.addAlias(from, to);
  for (const id of new Set([...applied.entries.keys(), ...sums.folders.keys()])) {
    const entry = applied.entries.get(id) ?? tree.entry(id);
    if (entry === null) continue;
    after.addEntry(id, { entry, childSum: sums.folders.get(id) ?? tree.childSum(id), madeAt: made.get(id) ?? tree.madeAt(id) });
    after.addAlias(id, null);
    if (entry.parentId !== null && entry.deleted === null) after.addChild(entry.parentId, nameKey(entry.name), id);
  }
  for (const id of applied.entries.keys()) {
    const before = tree.peekEntry(id);
    // Where it was is nothing now, unless something else was put there.
    if (before?.deleted === null && before.parentId !== null) after.addChild(before.parentId, nameKey(before.name), null);
  }
  return after;
}
