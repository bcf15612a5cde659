import type { Operation, ReplicaId, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/** How far each replica's operations are confirmed here. Called inside a transaction. */
export interface SeenReplicas {
  note(space: SpaceId, operations: readonly Pick<Operation, 'dot'>[]): void;
  read(space: SpaceId): ReadonlyMap<ReplicaId, number>;
  replace(space: SpaceId, acknowledged: Readonly<Record<string, number>>): void;
}

export function prepareSeenReplicas(database: RegionDatabase): SeenReplicas {
  const note = database.prepare(
    `INSERT INTO seen_replica (space, replica, counter) VALUES (?, ?, ?)
     ON CONFLICT (space, replica) DO UPDATE SET counter = max(counter, excluded.counter)`,
  );
  const read = database.prepare<[string], { readonly replica: ReplicaId; readonly counter: number }>(
    'SELECT replica, counter FROM seen_replica WHERE space = ?',
  );
  const clear = database.prepare('DELETE FROM seen_replica WHERE space = ?');
  return {
    note: (space, operations) => {
      // In counter order within the log: the last one of each replica is its highest.
      const highest = new Map(operations.map(({ dot }) => [dot.replica, dot.counter]));
      for (const [replica, counter] of highest) note.run(space, replica, counter);
    },
    read: (space) => new Map(read.all(space).map(({ replica, counter }) => [replica, counter])),
    replace: (space, acknowledged) => {
      clear.run(space);
      for (const [replica, counter] of Object.entries(acknowledged)) note.run(space, replica, counter);
    },
  };
}
