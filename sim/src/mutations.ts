import type { HubStore } from '@jzse/db/hub';
import type { FeedRow, Operation, ReplicaId } from '@jzse/sync';
import type { HubPort } from '../../apps/edge-node/src/replicate/hub-port.ts';
import type { OpenRegionStore } from '../../packages/db/src/region/open-region-store.ts';
import type { SimRegion } from './cluster/sim-region.ts';
import type { World } from './world/world.ts';

/** Faults that can be switched on, to show that the simulation finds them. Each stands around a real part; none is in the product. */
export const mutationNames = [
  /** A region saves its cursor first and applies the rows in a transaction after it. */
  'cursor-outside',
  /** The hub forgets tombstones and old versions before all regions have passed them. */
  'forgets-early',
  /** The hub issues the replica id of a former life of the region again. */
  'counter-reused',
  /** Of two versions the later stamp wins, as if its author had seen the other. */
  'stamp-decides',
  /** The bytes of a content are flushed some time after the store was told so. */
  'flushed-late',
  /** The feed is read past a row that is not committed yet. */
  'feed-past-uncommitted',
  /** The hub takes pushes of any epoch and any log, and begins no new one. */
  'epoch-ignored',
  /** A region takes its operation to be the one that the hub has when only the number is the same. */
  'number-is-enough',
] as const;
export type MutationName = (typeof mutationNames)[number];

/** What stands around the parts of a cluster. */
export interface MutatedParts {
  readonly aroundHub: (store: HubStore) => HubStore;
  readonly aroundRegion: (store: OpenRegionStore, region: SimRegion) => OpenRegionStore;
  readonly aroundPort: (port: HubPort) => HubPort;
  readonly flushLateMs: number;
}

const soundParts: MutatedParts = {
  aroundHub: (store) => store,
  aroundRegion: (store) => store,
  aroundPort: (port) => port,
  flushLateMs: 0,
};
const lateMs = 400;

export function mutationOf(name: MutationName | null, world: World): MutatedParts {
  switch (name) {
    case null:
      return soundParts;
    case 'cursor-outside':
      return { ...soundParts, aroundRegion: (store, region) => cursorOutside(world, store, region) };
    case 'forgets-early':
      return { ...soundParts, aroundHub: forgetsEarly };
    case 'counter-reused':
      return { ...soundParts, aroundHub: (store) => ({ ...store, issueReplica: async (region) => `${region}:1` as ReplicaId }) };
    case 'stamp-decides':
      return { ...soundParts, aroundHub: stampDecides };
    case 'flushed-late':
      return { ...soundParts, flushLateMs: lateMs };
    case 'feed-past-uncommitted':
      return { ...soundParts, aroundHub: (store) => feedPastUncommitted(world, store) };
    case 'epoch-ignored':
      return { ...soundParts, aroundHub: epochIgnored };
    case 'number-is-enough':
      return { ...soundParts, aroundRegion: numberIsEnough };
  }
}

/** A crash may come between the two transactions: then the rows are never applied. */
function cursorOutside(world: World, store: OpenRegionStore, region: SimRegion): OpenRegionStore {
  const random = world.random('mutation');
  return {
    ...store,
    applyFeed: async (space, rows) => {
      if (!random.chance(0.03)) return store.applyFeed(space, rows);
      await store.applyFeed(space, rows.map(withoutEffects));
      region.kill();
      return new Promise(() => undefined);
    },
  };
}

const withoutEffects = (row: FeedRow): FeedRow => ({ ...row, effects: [] });

function forgetsEarly(store: HubStore): HubStore {
  const early = { beforeMs: Number.MAX_SAFE_INTEGER, upTo: Number.MAX_SAFE_INTEGER };
  return {
    ...store,
    oldTombstones: (space, request) => store.oldTombstones(space, { ...request, ...early }),
    entriesWithOldVersions: (space, request) => store.entriesWithOldVersions(space, { ...request, ...early }),
  };
}

function stampDecides(store: HubStore): HubStore {
  const asIfSeen = async (space: Parameters<HubStore['entry']>[0], operation: Operation): Promise<Operation> => {
    if (operation.type !== 'write') return operation;
    const entry = await store.entry(space, operation.entryId);
    const older = (entry?.heads ?? []).filter((head) => head.stamp.wallMs < operation.stamp.wallMs);
    return { ...operation, base: [...operation.base, ...older.map((head) => head.dot)] };
  };
  return {
    ...store,
    integrate: async (push) => {
      const operations: Operation[] = [];
      for (const operation of push.operations) operations.push(await asIfSeen(push.space, operation));
      return store.integrate({ ...push, operations });
    },
  };
}

/** For a moment after it has its number a row is not there for readers, who go on to the next. */
function feedPastUncommitted(world: World, store: HubStore): HubStore {
  const committedMs = new Map<number, number>();
  const random = world.random('mutation');
  return {
    ...store,
    integrate: async (push) => {
      const integrated = await store.integrate(push);
      for (const { position } of integrated.rows) committedMs.set(position.sequence, world.time.nowMs() + random.below(100));
      return integrated;
    },
    readFeed: async (...request) => {
      const rows = await store.readFeed(...request);
      const isLate = (row: FeedRow): boolean => (committedMs.get(row.position.sequence) ?? 0) > world.time.nowMs();
      return rows.map((row, at) => (at < rows.length - 1 && isLate(row) ? withoutEffects(row) : row));
    },
  };
}

function epochIgnored(store: HubStore): HubStore {
  return {
    ...store,
    raiseEpoch: async () => false,
    integrate: async ({ cursor: _, ...push }) => store.integrate({ ...push, epoch: (await store.head(push.space)).position.epoch }),
  };
}

function numberIsEnough(store: OpenRegionStore): OpenRegionStore {
  return {
    ...store,
    applySnapshot: (space, snapshot) =>
      store.applySnapshot(space, {
        ...snapshot,
        taken: (async function* () {
          yield await store.readOutbox(space, 100_000);
        })(),
      }),
  };
}
