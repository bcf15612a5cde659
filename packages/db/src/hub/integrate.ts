import type { FeedRow, Operation } from '@jzse/sync';
import type { BatchToApply } from './apply-operations.ts';
import { aheadMsMax, applyOperations } from './apply-operations.ts';
import { refuseReused } from './counter-reused.ts';
import { EpochMismatch } from './epoch-mismatch.ts';
import { readOperationsUnder } from './feed.ts';
import type { Integrated } from './hub-store.ts';
import type { InFlight } from './in-flight.ts';
import { forgets, logAfter, putInFlight, treeAfter } from './in-flight.ts';
import type { Overlapping } from './in-turn.ts';
import type { LoadedTree } from './loaded-tree.ts';
import { createLoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import type { Push } from './read-log.ts';
import { checkCursor, readLog } from './read-log.ts';
import type { BatchToWrite } from './write-batch.ts';
import { writeBatch } from './write-batch.ts';

/** Another hub on the same database, or a region that is registered just now, can come between this often. */
const attemptsMax = 50;
/** Operations in a batch, about: enough that a commit costs little, few enough that the next batch is soon prepared while one is written. */
const batchOperations = 500;

/**
 * SY1: takes a push into the log, exactly once. Pushes to one space go one after another.
 *
 * The log's end is read first, then all that the batch reads; the batch is applied in memory, and one statement writes all of it
 * if the log still ends there, under the lock of the space's row. Nothing of a space changes without its log growing: so what was
 * read is what the batch was written on, or nothing is written and it is done again. One statement, because the client library
 * cannot survive a connection that breaks between the statements of a transaction (github.com/porsager/postgres/issues/1208).
 *
 * While Postgres writes a batch, the next one, of this push or of the one after it, is prepared on what that batch leaves behind;
 * it is written when that batch is in, and prepared anew if it is not.
 */
export function prepareIntegrate(database: HubDatabase, overlapping: Overlapping<InFlight>): (push: Push) => Promise<Integrated> {
  return (push) =>
    overlapping(push.space, async ({ before, alone, handOn }) => {
      const taken: Taken = { rows: [], skewMs: null };
      for (let attempt = 0; attempt < attemptsMax; attempt++) {
        const end = await tryToIntegrate(database, push, { before: attempt === 0 ? before : null, handOn, taken });
        if (end !== null) return { ...end, ...taken };
        await alone;
      }
      throw new Error(`the log of ${push.space} never stands still: push again`);
    });
}

/** What the log has of a push so far, which grows from one attempt to the next. */
interface Taken {
  readonly rows: FeedRow[];
  skewMs: number | null;
}
interface Attempt {
  /** Of the push before this one. */
  readonly before: InFlight | null;
  readonly handOn: (inFlight: InFlight) => void;
  readonly taken: Taken;
}

/** Null if what it was prepared on is not what the log has. */
async function tryToIntegrate(
  database: HubDatabase,
  push: Push,
  { before, handOn, taken }: Attempt,
): Promise<Pick<Integrated, 'acknowledged' | 'head'> | null> {
  const start = treeOn(before);
  const read = await readLog(database, push, { first: push.operations.slice(0, batchOperations), into: start });
  if (read.epoch !== push.epoch) throw new EpochMismatch(push.space, { offered: push.epoch, current: read.epoch });
  const ahead = before === null ? null : logAfter(read, before);
  if (before !== null && ahead === null && (read.sequence !== before.log.sequence || !(await before.written))) return null;
  let log = ahead ?? read;
  checkCursor(push, log);
  await refuseReused(push, log.counters, (space, replica, counters) => readOperationsUnder(database, { space, replica, counters }));
  const { fresh, acknowledged } = takeInOrder(push.operations, log.counters);
  taken.skewMs ??= skewOf(push, fresh);
  let inFlight = ahead === null ? null : before;
  let tree: LoadedTree | null = start;
  for (const operations of batchesOf(fresh)) {
    const batch = await prepare(database, push, { operations, log, tree: tree ?? treeOn(inFlight), inFlight });
    if (batch === null || !(await isWritten(inFlight))) return null;
    if (inFlight !== before) taken.rows.push(...rowsOf(inFlight));
    const next = putInFlight(batch, log, writeBatch(database, batch));
    inFlight = next;
    log = next.log;
    tree = null;
    if (!forgets(batch)) continue;
    if (!(await isWritten(inFlight))) return null;
    taken.rows.push(...rowsOf(inFlight));
    inFlight = null;
  }
  if (inFlight !== null && inFlight !== before) handOn({ ...inFlight, written: inFlight.written.catch(() => false) });
  if (!(await isWritten(inFlight))) return null;
  if (inFlight !== before) taken.rows.push(...rowsOf(inFlight));
  return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence } };
}

/** Null if it was prepared on what does not come to be. */
async function prepare(database: HubDatabase, push: Push, batch: BatchToApply): Promise<BatchToWrite | null> {
  try {
    return await applyOperations(database, push, batch);
  } catch (cause) {
    if (!(await isWritten(batch.inFlight))) return null;
    throw cause;
  }
}

const treeOn = (inFlight: InFlight | null): LoadedTree => (inFlight === null ? createLoadedTree() : treeAfter(inFlight.batch));
const isWritten = async (inFlight: InFlight | null): Promise<boolean> => inFlight === null || (await inFlight.written);
const rowsOf = (inFlight: InFlight | null): readonly FeedRow[] => inFlight?.batch.applied.rows ?? [];

/** As equal as can be. */
function* batchesOf(operations: readonly Operation[]): Generator<readonly Operation[]> {
  const batches = Math.max(1, Math.round(operations.length / batchOperations));
  const size = Math.ceil(operations.length / batches);
  for (let at = 0; at < operations.length; at += size) yield operations.slice(at, at + size);
}

/** How far the pusher's own stamps are ahead of the hub, if by more than the limit. */
function skewOf({ region, nowMs }: Push, fresh: readonly Operation[]): number | null {
  const ownReplicas = `${region}:`;
  const own = fresh.filter(({ dot }) => dot.replica.startsWith(ownReplicas));
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
