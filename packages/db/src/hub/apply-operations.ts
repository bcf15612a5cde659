import type { FeedRow, Operation, TreeNeed } from '@jzse/sync';
import { clampStamp, TreeMiss } from '@jzse/sync';
import { applyBatch } from './apply-batch.ts';
import { digestBatch } from './digest-batch.ts';
import type { InFlight } from './in-flight.ts';
import { loadForgotten } from './load-forgotten.ts';
import { loadTree, wantedOf } from './load-tree.ts';
import type { LoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import type { Log, Push } from './read-log.ts';
import { needsOf } from './tree-needs.ts';
import type { BatchToWrite } from './write-batch.ts';

/** A stamp may be this much ahead of the hub (SY9). */
export const aheadMsMax = 60_000;

export interface BatchToApply {
  readonly operations: readonly Operation[];
  /** Where it goes: after what is in flight, if anything is. */
  readonly log: Log;
  /** The tree as it is there, as far as it is known. */
  readonly tree: LoadedTree;
  readonly inFlight: InFlight | null;
}

/** All that a batch changes, in memory. If what is in flight does not come to be, the result means nothing, and so does what is thrown. */
export async function applyOperations(
  database: HubDatabase,
  push: Push,
  { log, tree, inFlight, ...batch }: BatchToApply,
): Promise<BatchToWrite> {
  const { space, region, nowMs } = push;
  const { epoch, sequence, forks } = log;
  const operations = batch.operations.map((operation) => ({ ...operation, stamp: clampStamp(operation.stamp, nowMs, aheadMsMax) }));
  const load = async (needs: Iterable<TreeNeed>): Promise<void> => {
    const wanted = wantedOf(needs, tree);
    // What is in flight does not tell these.
    if (wanted.walked.length + wanted.emptied.length > 0) await inFlight?.written;
    await loadTree(database, space, { wanted, into: tree });
  };
  await load(needsOf(operations, { alias: tree.peekAlias, entry: tree.peekEntry }));
  const applied = await applyBatch({ tree, load }, operations, { epoch, lastSequence: sequence, forks });
  if (applied.forgotten.entries.size + applied.forgotten.versions.size > 0) await inFlight?.written;
  const forgotten = await loadForgotten(database, space, applied);
  for (;;) {
    try {
      const sums = digestBatch(tree, log.sums, { applied, forgotten });
      const rows = endedWith(applied.rows, sums.digest);
      return { space, region, log, tree, applied: { ...applied, rows }, forgotten, sums, atMs: Math.max(log.atMs, nowMs), nowMs };
    } catch (cause) {
      if (!(cause instanceof TreeMiss) || !cause.needs.some((need) => tree.lacks(need))) throw cause;
      await load(cause.needs);
    }
  }
}

/** With the digest on the last row: who has applied that one compares (SY13). */
const endedWith = (rows: readonly FeedRow[], digest: string): FeedRow[] =>
  rows.map((row, at) => (at === rows.length - 1 ? { ...row, digest } : row));
