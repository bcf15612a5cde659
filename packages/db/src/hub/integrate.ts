import type { Forks, Operation, SpaceId } from '@jzse/sync';
import { clampStamp } from '@jzse/sync';
import { applyBatch } from './apply-batch.ts';
import { EpochMismatch } from './epoch-mismatch.ts';
import type { HubStore, Integrated } from './hub-store.ts';
import type { InTurn } from './in-turn.ts';
import { loadTree } from './load-tree.ts';
import { createLoadedTree } from './loaded-tree.ts';
import type { HubDatabase, HubTransaction } from './open-database.ts';
import { lockRegions } from './plan-transfers.ts';
import { needsOf } from './tree-needs.ts';
import { UnknownSpace } from './unknown-space.ts';
import { writeBatch } from './write-batch.ts';

type Push = Parameters<HubStore['integrate']>[0];

/** A stamp may be this much ahead of the hub (SY9). */
const aheadMsMax = 60_000;

/** SY1: takes a push into the log, exactly once. Pushes to one space go one after another. */
export function prepareIntegrate(database: HubDatabase, inTurn: InTurn): (push: Push) => Promise<Integrated> {
  return (push) => inTurn(push.space, async () => database.begin((transaction) => integrate(transaction, push)));
}

async function integrate(transaction: HubTransaction, push: Push): Promise<Integrated> {
  const { space, region, nowMs } = push;
  const tree = createLoadedTree();
  const load = (needs: Parameters<typeof loadTree>[2]['needs']) => loadTree(transaction, space, { needs, into: tree });
  const nothingKnown = { alias: tree.peekAlias, entry: tree.peekEntry };
  // One round trip; the statements run in this order, so all that is read is as the lock's last holder left it.
  const [, log, counters] = await Promise.all([
    lockRegions(transaction),
    lockSpace(transaction, space),
    readCounters(transaction, push),
    load(needsOf(push.operations, nothingKnown)),
  ]);
  if (log.epoch !== push.epoch) throw new EpochMismatch(space, { offered: push.epoch, current: log.epoch });
  const { fresh, acknowledged } = takeInOrder(push.operations, counters);
  if (fresh.length === 0) return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence }, rows: [] };
  const clamped = fresh.map((operation) => ({ ...operation, stamp: clampStamp(operation.stamp, nowMs, aheadMsMax) }));
  const applied = await applyBatch({ tree, load }, clamped, { epoch: log.epoch, lastSequence: log.sequence, forks: log.forks });
  await writeBatch(transaction, { space, region, applied, nowMs });
  return { acknowledged, head: { epoch: log.epoch, sequence: log.sequence + applied.rows.length }, rows: applied.rows };
}

interface Log {
  readonly epoch: number;
  readonly sequence: number;
  readonly forks: Forks;
}

/** Held until the transaction ends: the next one sees everything that this one appended. */
async function lockSpace(transaction: HubTransaction, space: SpaceId): Promise<Log> {
  const [row] = await transaction<{ readonly epoch: number; readonly sequence: number; readonly forks: string }[]>`
    SELECT epoch, sequence, forks FROM space WHERE id = ${space} FOR UPDATE`;
  if (row === undefined) throw new UnknownSpace(space);
  return { ...row, forks: JSON.parse(row.forks) as Forks };
}

async function readCounters(transaction: HubTransaction, { space, operations }: Push): Promise<Map<string, number>> {
  const replicas = [...new Set(operations.map((operation) => operation.dot.replica))];
  const rows = await transaction<{ readonly replica: string; readonly counter: number }[]>`
    SELECT replica, counter FROM acknowledged WHERE space = ${space} AND replica = ANY (${replicas}::text[])`;
  return new Map(rows.map(({ replica, counter }) => [replica, counter]));
}

/**
 * The operations that are new, each replica's in counter order. A replay is dropped; a gap ends the batch, for what comes
 * after it may build on what is missing. `acknowledged`: how many of those offered, from the first on, the log has then.
 */
export function takeInOrder(
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
