import type { Forks, Operation, SpaceId, TreeNeed } from '@jzse/sync';
import { clampStamp } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import { applyBatch } from './apply-batch.ts';
import { EpochMismatch } from './epoch-mismatch.ts';
import type { HubStore, Integrated } from './hub-store.ts';
import type { InTurn } from './in-turn.ts';
import { loadTree } from './load-tree.ts';
import { createLoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import { needsOf } from './tree-needs.ts';
import { UnknownSpace } from './unknown-space.ts';
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
  const { fresh, acknowledged } = takeInOrder(push.operations, log.counters);
  if (fresh.length === 0) return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence }, rows: [] };
  const applied = await applyFresh(database, { space, log, fresh, nowMs });
  if (!(await writeBatch(database, { space, region, log, applied, nowMs }))) return null;
  return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence + applied.rows.length }, rows: applied.rows };
}

/** The end of a space's log as it was read, and what the batch's authors have in it. */
interface Log {
  readonly epoch: number;
  readonly sequence: number;
  readonly forks: Forks;
  readonly counters: ReadonlyMap<string, number>;
  /** Of the set of regions. */
  readonly generation: number;
}

async function readLog(database: HubDatabase, { space, operations }: Push): Promise<Log> {
  const replicas = [...new Set(operations.map((operation) => operation.dot.replica))];
  const [row] = await database<
    (Omit<Log, 'forks' | 'counters'> & { readonly forks: string; readonly counters: Record<string, number> | null })[]
  >`
    SELECT epoch, sequence, forks, registry.generation, (
      SELECT json_object_agg(replica, counter) FROM acknowledged
      WHERE acknowledged.space = space.id AND replica = ANY (${replicas}::text[])
    ) AS counters
    FROM space CROSS JOIN registry WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  return { ...row, forks: JSON.parse(row.forks) as Forks, counters: new Map(Object.entries(row.counters ?? {})) };
}

async function applyFresh(
  database: HubDatabase,
  batch: { readonly space: SpaceId; readonly log: Log; readonly fresh: readonly Operation[]; readonly nowMs: number },
): Promise<AppliedBatch> {
  const { epoch, sequence, forks } = batch.log;
  const operations = batch.fresh.map((operation) => ({ ...operation, stamp: clampStamp(operation.stamp, batch.nowMs, aheadMsMax) }));
  const tree = createLoadedTree();
  const load = (needs: Iterable<TreeNeed>) => loadTree(database, batch.space, { needs, into: tree });
  await load(needsOf(operations, { alias: tree.peekAlias, entry: tree.peekEntry }));
  return applyBatch({ tree, load }, operations, { epoch, lastSequence: sequence, forks });
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
