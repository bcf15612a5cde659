import { prepareDigestChildren } from './digest-children.ts';
import { prepareRaiseEpoch } from './epochs.ts';
import { prepareEvents } from './events.ts';
import { prepareFeed } from './feed.ts';
import { prepareForgettable } from './forgettable.ts';
import { prepareHoldings } from './holdings.ts';
import type { HubStore } from './hub-store.ts';
import type { InFlight } from './in-flight.ts';
import { createTurns } from './in-turn.ts';
import { prepareIntegrate } from './integrate.ts';
import { prepareMerges } from './merge-tasks.ts';
import { closeDatabase, openDatabase } from './open-database.ts';
import { preparePast } from './past.ts';
import { preparePolicies } from './policies.ts';
import { prepareProgress } from './progress.ts';
import { prepareReads } from './reads.ts';
import { prepareRegistry } from './registry.ts';
import { prepareSeed } from './seed.ts';
import { readSnapshotPage } from './snapshot.ts';
import { prepareTransfers } from './transfers.ts';

export interface OpenHubStoreOptions {
  /** `postgres://user:password@host:port/database`, Postgres 15 or newer, encoding UTF8. */
  readonly databaseUrl: string;
  /** The time of what is recorded without being told one. */
  readonly nowMs?: () => number;
  /** Epoch of a space that is new here, of the time it is made; 0 by default. It must be above every epoch of a log that was lost, or regions would take the new log for the old one. */
  readonly firstEpoch?: (nowMs: number) => number;
  /** The least life of a replica that is issued at a time; 1 by default. It must be above all that were issued by a database that was lost. */
  readonly firstLife?: (nowMs: number) => number;
  /** Connections at most, for each of two pools: what must be flushed, and what is made again after a crash. */
  readonly poolMax?: number;
}

const poolMaxDefault = 6;

/** Opens the metadata of the hub; the schema is made and migrated as needed. Throws if the database cannot be reached. */
export async function openHubStore(options: OpenHubStoreOptions): Promise<HubStore> {
  const { nowMs = Date.now, firstEpoch = () => 0, firstLife = () => 1 } = options;
  const pools = await openDatabase({ databaseUrl: options.databaseUrl, poolMax: options.poolMax ?? poolMaxDefault });
  const { durable } = pools;
  const { inTurn, overlapping } = createTurns<InFlight>();
  return {
    ...prepareReads(durable),
    ...prepareFeed(durable),
    ...prepareRegistry(pools, { nowMs, firstLife }),
    ...prepareHoldings(pools),
    ...prepareTransfers(pools.derived),
    ...preparePast(durable),
    ...prepareProgress(pools),
    ...prepareForgettable(durable),
    ...preparePolicies(durable, nowMs),
    ...prepareMerges(durable),
    ...prepareEvents(durable),
    ...prepareSeed({ database: durable, inTurn, firstEpoch }),
    integrate: prepareIntegrate(durable, overlapping),
    raiseEpoch: prepareRaiseEpoch(durable, firstEpoch),
    digestChildren: prepareDigestChildren(durable),
    snapshotPage: (space, page) => readSnapshotPage(durable, space, page),
    createSpace: async (space) => {
      const atMs = nowMs();
      await durable`INSERT INTO space (id, created_ms, epoch) VALUES (${space}, ${atMs}, ${firstEpoch(atMs)}) ON CONFLICT DO NOTHING`;
    },
    close: () => closeDatabase(pools),
  };
}
