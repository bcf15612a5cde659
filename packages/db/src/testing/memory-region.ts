import Database from 'better-sqlite3';
import { openDatabase } from '../region/open-database.ts';
import type { RegionStoreOptions } from '../region/open-region-store.ts';
import { createRegionStore, type OpenRegionStore } from '../region/open-region-store.ts';

export interface MemoryRegion {
  readonly store: OpenRegionStore;
  /** What is committed by now: what a crash leaves, or a backup. */
  copy(): Uint8Array;
  /** Lets go of the database at once; the store is of no use any more. */
  end(): void;
}

let empty: Buffer | null = null;

/** The store of a region with its database in memory, made anew or from a copy. A commit is durable in it as it is in a file. */
export function openMemoryRegion(copy: Uint8Array | null, options: Omit<RegionStoreOptions, 'file'>): MemoryRegion {
  const database = new Database(Buffer.from(copy ?? emptyDatabase()));
  database.pragma('foreign_keys = ON');
  return {
    store: createRegionStore(database, options),
    copy: () => database.serialize(),
    end: () => void database.close(),
  };
}

/** Migrations run once a thread. */
function emptyDatabase(): Buffer {
  if (empty !== null) return empty;
  const database = openDatabase(':memory:');
  empty = database.serialize();
  database.close();
  return empty;
}
