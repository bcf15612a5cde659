import type { Operation, ReplicaId, SpaceId } from '@jzse/sync';
import { dotKey, isSameCommit } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';

/**
 * A region offers another operation under a number than the log has there: its disk was put back to a copy, and what its former life had
 * sent arrived after it had read the feed. Nothing was taken: what follows in the push names the number and would mean the other one. The
 * feed shows the region the row, and it goes on as a new replica (SY10).
 */
export class CounterReused extends Error {
  readonly space: SpaceId;
  constructor(space: SpaceId, { dot }: Operation) {
    super(`the log of ${space} has another operation as ${dotKey(dot)} than this push: read the feed, then push again`);
    this.name = 'CounterReused';
    this.space = space;
  }
}

/** Throws `CounterReused`. Asks only where a push repeats numbers of the pusher's own, which is after a lost answer, or this. */
export async function refuseReused(
  { space, region, operations }: Pick<Parameters<HubStore['integrate']>[0], 'space' | 'region' | 'operations'>,
  counters: ReadonlyMap<string, number>,
  under: HubStore['operationsUnder'],
): Promise<void> {
  const own = operations.filter(({ dot }) => dot.replica.startsWith(`${region}:`) && dot.counter <= (counters.get(dot.replica) ?? 0));
  const byReplica = Map.groupBy(own, ({ dot }): ReplicaId => dot.replica);
  for (const [replica, repeated] of byReplica) {
    const taken = await under(
      space,
      replica,
      repeated.map(({ dot }) => dot.counter),
    );
    for (const [at, operation] of repeated.entries()) {
      const other = taken[at] ?? null;
      if (other !== null && !isSameCommit(operation, other)) throw new CounterReused(space, operation);
    }
  }
}
