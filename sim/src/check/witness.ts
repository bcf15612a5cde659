import type { HubStore } from '@jzse/db/hub';
import type { FeedRow, Operation, RegionId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { OpenRegionStore } from '../../../packages/db/src/region/open-region-store.ts';
import { space } from '../cluster/sim-hub.ts';
import type { SimRegion } from '../cluster/sim-region.ts';
import type { World } from '../world/world.ts';
import { brokenTree } from './broken-tree.ts';
import { readHubTree } from './hub-tree.ts';

/** An operation that a region flushed: from then on it must not be lost. */
export interface Committed {
  /** Under the dot that it has now: a region that became a new replica has renumbered what waited. */
  readonly operation: Operation;
  readonly region: RegionId;
  /** Of the region's disk at that time. */
  readonly lives: number;
  readonly atMs: number;
}
/** Sees all that regions commit and the hub takes, and remembers it as nobody in the world does. */
export interface Witness {
  readonly committed: readonly Committed[];
  readonly forgotten: ReadonlySet<string>;
  watchRegion(store: OpenRegionStore, region: SimRegion): OpenRegionStore;
  watchHub(store: HubStore): HubStore;
}

const dayMs = 86_400_000;
const outboxMax = 100_000;
/** The default policy: history and trash of so many days; clocks of regions and the hub may be wrong by hours. */
const keptMs = 30 * dayMs - 6 * 3_600_000;

export function createWitness(world: World): Witness {
  const committed: Committed[] = [];
  const forgotten = new Set<string>();
  const seenBy = new Map<string, Readonly<Record<string, number>>>();
  const firstTakenMs = new Map<string, number>();

  const take = (row: FeedRow): void => {
    const key = dotKey(row.operation.dot);
    if (!firstTakenMs.has(key)) firstTakenMs.set(key, world.time.nowMs());
    if (row.operation.type !== 'forget') return;
    for (const { deletedBy } of row.operation.entries) checkAge(dotKey(deletedBy), 'a tombstone');
    for (const { dot } of row.operation.versions) {
      checkAge(dotKey(dot), 'a version');
      forgotten.add(dotKey(dot));
    }
  };
  const checkAge = (key: string, what: string): void => {
    const ageMs = world.time.nowMs() - (firstTakenMs.get(key) ?? 0);
    if (ageMs < keptMs) world.fail(`${what} (${key}) was forgotten after ${Math.round(ageMs / 1000)} s`);
  };
  const renumber = (region: SimRegion, operation: Operation): void => {
    const at = committed.findLastIndex((each) => each.region === region.id && isRenumbered(each.operation, operation));
    const former = committed[at];
    if (former === undefined) return;
    seenBy.set(nameOf(operation), seenBy.get(nameOf(former.operation)) ?? {});
    const renumbered = { ...former, operation, lives: region.lives };
    // What an older copy of the disk brought along may be in the log under its former dot, too.
    if (former.lives === region.lives) committed[at] = renumbered;
    else committed.push(renumbered);
    world.tell(`${region.id} renumbers ${dotKey(former.operation.dot)}: ${describe(operation)}`);
  };
  return {
    committed,
    forgotten,
    watchRegion: (store, region) => ({
      ...store,
      renewReplica: async (id, replica, same) => {
        await store.renewReplica(id, replica, same);
        for (const operation of await store.readOutbox(space, outboxMax))
          if (operation.dot.replica === replica) renumber(region, operation);
      },
      commit: async (request) => {
        let seen: Promise<Readonly<Record<string, number>>> | null = null;
        const done = await store.commit({
          ...request,
          decide: (view) => {
            // Read at once, inside the transaction.
            seen = store.acknowledgedCounters(request.space);
            return request.decide(view);
          },
        });
        const counters = (await seen) ?? {};
        for (const operation of done.operations) {
          committed.push({ operation, region: region.id, lives: region.lives, atMs: world.time.nowMs() });
          seenBy.set(nameOf(operation), counters);
          world.tell(`${region.id} commits ${describe(operation)}`);
        }
        return done;
      },
    }),
    watchHub: (store) => ({
      ...store,
      integrate: async (push) => {
        const done = await store.integrate(push);
        if (done.rows.length > 0) {
          await checkOrder(world, store, { rows: done.rows, seenBy });
          const bad = brokenTree((await readHubTree(store)).entries);
          if (bad !== null) world.fail(`the hub's tree at ${done.head.sequence}: ${bad}`);
        }
        for (const row of done.rows) {
          take(row);
          world.tell(`hub takes ${row.position.epoch}.${row.position.sequence} ${describe(row.operation)}`);
        }
        return done;
      },
    }),
  };
}

interface Taken {
  readonly rows: readonly FeedRow[];
  readonly seenBy: ReadonlyMap<string, Readonly<Record<string, number>>>;
}

/** SY10: nothing is integrated before what its author had seen. */
async function checkOrder(world: World, store: HubStore, { rows, seenBy }: Taken): Promise<void> {
  const { acknowledged } = await store.snapshotHead(space);
  for (const { operation } of rows) {
    for (const [replica, counter] of Object.entries(seenBy.get(nameOf(operation)) ?? {})) {
      if ((acknowledged[replica] ?? 0) < counter)
        world.fail(`${dotKey(operation.dot)} was integrated before ${replica}/${counter}, which its author had seen`);
    }
  }
}

/** A disk that was restored may use a dot twice before it learns of it; the context tells the two apart. */
const nameOf = ({ dot, context: { position } }: Operation): string => `${dotKey(dot)} at ${position.epoch}.${position.sequence}`;

/** Stamps are given once in a life of a disk. */
const isRenumbered = (former: Operation, operation: Operation): boolean =>
  former.dot.replica !== operation.dot.replica &&
  former.stamp.wallMs === operation.stamp.wallMs &&
  former.stamp.logical === operation.stamp.logical &&
  former.type === operation.type &&
  former.entryId === operation.entryId;

/** For people. */
export function describe(operation: Operation): string {
  const name = 'name' in operation ? ` "${operation.name}"` : '';
  const base = 'base' in operation ? ` over [${operation.base.map(dotKey).join(' ')}]` : '';
  return `${dotKey(operation.dot)} ${operation.type} ${operation.entryId.slice(0, 6)}${name}${base}`;
}
