import type { RegionId, ReplicaId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/** Which life of a region this store is. */
export interface Replica {
  read(): ReplicaId | null;
  adopt(region: RegionId, replica: ReplicaId): void;
  /** A later life of the same region. */
  renew(region: RegionId, replica: ReplicaId): void;
}

export function prepareReplica(database: RegionDatabase): Replica {
  const read = database.prepare<[], string>('SELECT id FROM replica').pluck();
  const insert = database.prepare('INSERT INTO replica (one, id, region) VALUES (1, ?, ?) ON CONFLICT DO NOTHING');
  const update = database.prepare('UPDATE replica SET id = ? WHERE one = 1 AND region = ?');
  let known: ReplicaId | null = (read.get() as ReplicaId | undefined) ?? null;
  return {
    read: () => known,
    adopt: (region, replica) => {
      insert.run(replica, region);
      known = (read.get() as ReplicaId | undefined) ?? null;
      if (known !== replica) throw new Error(`this store is ${known}, it cannot become ${replica}`);
    },
    renew: (region, replica) => {
      if (update.run(replica, region).changes !== 1) throw new Error(`this store is ${known}, it cannot become ${replica}`);
      known = replica;
    },
  };
}
