import type { FeedRow, Forks, Operation, SpaceId, TreeNeed } from '@jzse/sync';
import { clampStamp, dotKey, TreeMiss } from '@jzse/sync';
import { applyBatch } from './apply-batch.ts';
import type { SpaceSums } from './digest-batch.ts';
import { digestBatch } from './digest-batch.ts';
import { EpochMismatch } from './epoch-mismatch.ts';
import type { HubStore, Integrated } from './hub-store.ts';
import type { InTurn } from './in-turn.ts';
import { loadForgotten } from './load-forgotten.ts';
import { loadTree } from './load-tree.ts';
import { createLoadedTree } from './loaded-tree.ts';
import { LogDiffers } from './log-differs.ts';
import type { HubDatabase } from './open-database.ts';
import { textToSum } from './text-hash.ts';
import { needsOf } from './tree-needs.ts';
import { UnknownSpace } from './unknown-space.ts';
import type { BatchToWrite } from './write-batch.ts';
import { writeBatch } from './write-batch.ts';

type Push = Parameters<HubStore['integrate']>[0];

/** A stamp may be this much ahead of the hub (SY9). */
const aheadMsMax = 60_000;
/** Another hub on the same database, or a region that is registered just now, can come between this often. */
const attemptsMax = 50;

/**
 * SY1: takes a push into the log, exactly once. Pushes to one space go one after another.
 *
 * The log's end is read first, then all that the batch reads; the batch is applied in memory, and one statement writes all of it
 * if the log still ends there, under the lock of the space's row. Nothing of a space changes without its log growing: so what was
 * read is what the batch was written on, or nothing is written and it is done again. One statement, because the client library
 * cannot survive a connection that breaks between the statements of a transaction (github.com/porsager/postgres/issues/1208).
 */
export function prepareIntegrate(database: HubDatabase, inTurn: InTurn): (push: Push) => Promise<Integrated> {
  return (push) =>
    inTurn(push.space, async () => {
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const integrated = await tryToIntegrate(database, push);
        if (integrated !== null) return integrated;
      }
      throw new Error(`the log of ${push.space} never stands still: push again`);
    });
}

/** Null if something else was appended meanwhile. */
async function tryToIntegrate(database: HubDatabase, push: Push): Promise<Integrated | null> {
  const { space, region, nowMs } = push;
  const log = await readLog(database, push);
  if (log.epoch !== push.epoch) throw new EpochMismatch(space, { offered: push.epoch, current: log.epoch });
  checkCursor(push, log);
  const { fresh, acknowledged } = takeInOrder(push.operations, log.counters);
  if (fresh.length === 0) return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence }, rows: [], skewMs: null };
  const batch = await applyFresh(database, { space, log, fresh, nowMs });
  if (!(await writeBatch(database, { space, region, log, ...batch, atMs: Math.max(log.atMs, nowMs), nowMs }))) return null;
  const { rows } = batch.applied;
  return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence + rows.length }, rows, skewMs: skewOf(push, fresh) };
}

/** The end of a space's log as it was read, and what the batch's authors have in it. */
interface Log {
  readonly epoch: number;
  readonly sequence: number;
  readonly atMs: number;
  readonly forks: Forks;
  readonly counters: ReadonlyMap<string, number>;
  readonly sums: SpaceSums;
  /** Of our row where the pusher's cursor is; null: we have none there, or no longer. */
  readonly cursorDot: string | null;
  /** Of the set of regions. */
  readonly generation: number;
}
interface LogRow extends Omit<Log, 'forks' | 'counters' | 'sums'> {
  readonly forks: string;
  readonly counters: Record<string, number> | null;
  readonly rootSum: string;
  readonly aliasSum: string;
  readonly versionSum: string;
}

async function readLog(database: HubDatabase, { space, operations, cursor }: Push): Promise<Log> {
  const replicas = [...new Set(operations.map((operation) => operation.dot.replica))];
  const [row] = await database<LogRow[]>`
    SELECT epoch, sequence, at_ms AS "atMs", forks, registry.generation,
      root_sum AS "rootSum", alias_sum AS "aliasSum", version_sum AS "versionSum", (
        SELECT json_object_agg(replica, counter) FROM acknowledged
        WHERE acknowledged.space = space.id AND replica = ANY (${replicas}::text[])
      ) AS counters,
      (SELECT dot FROM feed WHERE feed.space = space.id AND feed.sequence = ${cursor?.sequence ?? 0}) AS "cursorDot"
    FROM space CROSS JOIN registry WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  const sums = { root: textToSum(row.rootSum), aliases: textToSum(row.aliasSum), versions: textToSum(row.versionSum) };
  return { ...row, sums, forks: JSON.parse(row.forks) as Forks, counters: new Map(Object.entries(row.counters ?? {})) };
}

function checkCursor({ space, cursor }: Push, log: Log): void {
  if (cursor === undefined) return;
  const isOther = cursor.dot !== null && log.cursorDot !== null && log.cursorDot !== dotKey(cursor.dot);
  if (isOther || cursor.sequence > log.sequence) throw new LogDiffers(space, cursor.sequence);
}

async function applyFresh(
  database: HubDatabase,
  batch: { readonly space: SpaceId; readonly log: Log; readonly fresh: readonly Operation[]; readonly nowMs: number },
): Promise<Pick<BatchToWrite, 'tree' | 'applied' | 'forgotten' | 'sums'>> {
  const { space, log } = batch;
  const { epoch, sequence, forks } = log;
  const operations = batch.fresh.map((operation) => ({ ...operation, stamp: clampStamp(operation.stamp, batch.nowMs, aheadMsMax) }));
  const tree = createLoadedTree();
  const load = (needs: Iterable<TreeNeed>) => loadTree(database, space, { needs, into: tree });
  await load(needsOf(operations, { alias: tree.peekAlias, entry: tree.peekEntry }));
  const applied = await applyBatch({ tree, load }, operations, { epoch, lastSequence: sequence, forks });
  const forgotten = await loadForgotten(database, space, applied);
  for (;;) {
    try {
      const sums = digestBatch(tree, log.sums, { applied, forgotten });
      return { tree, applied: { ...applied, rows: endedWith(applied.rows, sums.digest) }, forgotten, sums };
    } catch (cause) {
      if (!(cause instanceof TreeMiss) || !cause.needs.some((need) => tree.lacks(need))) throw cause;
      await load(cause.needs);
    }
  }
}

/** With the digest on the last row: who has applied that one compares (SY13). */
const endedWith = (rows: readonly FeedRow[], digest: string): FeedRow[] =>
  rows.map((row, at) => (at === rows.length - 1 ? { ...row, digest } : row));

/** How far the pusher's own stamps are ahead of the hub, if by more than the limit. */
function skewOf({ region, nowMs }: Push, fresh: readonly Operation[]): number | null {
  const own = fresh.filter(({ dot }) => dot.replica.split(':')[0] === region);
  const aheadMs = own.reduce((most, { stamp }) => Math.max(most, stamp.wallMs - nowMs), 0);
  return aheadMs > aheadMsMax ? aheadMs : null;
}

/**
 * The operations that are new, each replica's in counter order. A replay is dropped; a gap ends the batch, for what comes
 * after it may build on what is missing. `acknowledged`: how many of those offered, from the first on, the log has then.
 */
function takeInOrder(
  offered: readonly Operation[],
  lastCounters: ReadonlyMap<string, number>,
): { readonly fresh: readonly Operation[]; readonly acknowledged: number } {
  const counters = new Map(lastCounters);
  const fresh: Operation[] = [];
  for (const [at, operation] of offered.entries()) {
    const { replica, counter } = operation.dot;
    const last = counters.get(replica) ?? 0;
    if (counter > last + 1) return { fresh, acknowledged: at };
    if (counter <= last) continue;
    counters.set(replica, counter);
    fresh.push(operation);
  }
  return { fresh, acknowledged: offered.length };
}
