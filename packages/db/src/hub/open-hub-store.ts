import { prepareFeed } from './feed.ts';
import { prepareHoldings } from './holdings.ts';
import type { HubStore } from './hub-store.ts';
import { createInTurn } from './in-turn.ts';
import { prepareIntegrate } from './integrate.ts';
import { closeDatabase, openDatabase } from './open-database.ts';
import { prepareReads } from './reads.ts';
import { prepareRegistry } from './registry.ts';
import { readSnapshotPage } from './snapshot.ts';
import { prepareTransfers } from './transfers.ts';

export interface OpenHubStoreOptions {
  /** `postgres://user:password@host:port/database`, Postgres 15 or newer, encoding UTF8. */
  readonly databaseUrl: string;
  /** The time of what is recorded without being told one. */
  readonly nowMs?: () => number;
  /** Epoch of a space that is new here, of the time it is made; 0 by default. It must be above every epoch of a log that was lost, or regions would take the new log for the old one. */
  readonly firstEpoch?: (nowMs: number) => number;
  /** Connections at most, for each of two pools: what must be flushed, and what is made again after a crash. */
  readonly poolMax?: number;
}

const poolMaxDefault = 6;

/** Opens the metadata of the hub; the schema is made and migrated as needed. Throws if the database cannot be reached. */
export async function openHubStore(options: OpenHubStoreOptions): Promise<HubStore> {
  const { nowMs = Date.now, firstEpoch = () => 0 } = options;
  const pools = await openDatabase({ databaseUrl: options.databaseUrl, poolMax: options.poolMax ?? poolMaxDefault });
  const { durable } = pools;
  return {
    ...prepareReads(durable),
    ...prepareFeed(durable),
    ...prepareRegistry(pools, nowMs),
    ...prepareHoldings(pools),
    ...prepareTransfers(pools.derived),
    integrate: prepareIntegrate(durable, createInTurn()),
    snapshotPage: (space, page) => readSnapshotPage(durable, space, page),
    createSpace: async (space) => {
      const atMs = nowMs();
      await durable`INSERT INTO space (id, created_ms, epoch) VALUES (${space}, ${atMs}, ${firstEpoch(atMs)}) ON CONFLICT DO NOTHING`;
    },
    close: () => closeDatabase(pools),
  };
}
