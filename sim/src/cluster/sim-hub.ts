import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { SpaceId } from '@jzse/sync';
import { composeHub } from '../../../apps/hub/src/compose-hub.ts';
import type { MemoryHubStore } from '../../../packages/db/src/testing/memory-hub-store.ts';
import { openMemoryHubStore } from '../../../packages/db/src/testing/memory-hub-store.ts';
import type { Life, SimNode } from '../world/sim-node.ts';
import { createLife, createNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import { withPoints } from './io-points.ts';
import { createSimLogger } from './sim-logger.ts';

export const space = 'demo' as SpaceId;
const jzseBeganMs = Date.UTC(2026, 0, 1);
const maintainEveryMs = 20_000;
/** Longer than a copy of the hub is old when it takes the hub's place. */
const feedKeepDays = 0.02;

export interface SimHubOptions {
  readonly world: World;
  /** Around the store of each process: what looks on, and faults. */
  readonly around: (store: HubStore, database: MemoryHubStore) => HubStore;
}
/** The hub: a database that outlives its processes, copies of it, and the process that runs. */
export interface SimHub {
  readonly node: SimNode;
  database(): MemoryHubStore;
  /** Null while no process runs. */
  services(): HubServices | null;
  start(): Promise<void>;
  kill(): void;
  /** Told when the process ends, so that connections break. */
  onEnd(ended: () => void): () => void;
  /** A backup as of now, of which the hub is told. */
  copy(): Promise<void>;
  /** The same without a word, also while no process runs. */
  saveNow(): void;
  /** The database is that of the last copy from now on, without anyone being told. */
  restore(): Promise<void>;
  /** The database is gone, and all copies. */
  lose(): Promise<void>;
  hasCopy(): boolean;
}

export function createSimHub({ world, around }: SimHubOptions): SimHub {
  const node = createNode('hub', world.time);
  const logger = createSimLogger(world, 'hub');
  const random = world.random('hub');
  const firstEpoch = (nowMs: number): number => Math.max(0, Math.floor((nowMs - jzseBeganMs) / 1000));
  const ended = new Set<() => void>();
  let database = openMemoryHubStore({ nowMs: node.nowMs, firstEpoch });
  let saved: MemoryHubStore | null = null;
  let isCopying = false;
  let services: HubServices | null = null;

  const launch = async (life: Life): Promise<void> => {
    await database.createSpace(space);
    const store = withPoints(around(database, database), life);
    const onIntegrated = (): void => undefined;
    const hub = await composeHub({ store, version: 'sim', nowMs: node.nowMs, logger, feedKeepDays, maintainEveryMs, onIntegrated });
    services = hub.services;
    hub.startWork();
  };
  const kill = (): void => {
    if (node.life !== null) node.life.isAlive = false;
    node.life = null;
    services = null;
    if (isCopying) saved = database.clone();
    isCopying = false;
    // What the dead process still had in hand works on what nobody looks at any more.
    database = database.clone();
    for (const end of ended) end();
  };
  const start = async (): Promise<void> => {
    if (node.life !== null) return;
    const life = createLife(node, random);
    node.life = life;
    await world.time.as(life, () => launch(life));
  };
  const exchange = async (other: MemoryHubStore): Promise<void> => {
    kill();
    database = other;
    await start();
  };
  return {
    node,
    database: () => database,
    services: () => services,
    start,
    kill,
    onEnd: (end) => {
      ended.add(end);
      return () => void ended.delete(end);
    },
    copy: async () => {
      const { life } = node;
      if (life === null || services === null) return;
      const { noteBackup } = services;
      // The copy holds all that the hub is told it holds, whenever that takes effect.
      isCopying = true;
      await world.time.as(life, () => noteBackup(space));
      isCopying = false;
      saved = database.clone();
    },
    saveNow: () => {
      saved = database.clone();
    },
    restore: async () => {
      if (saved !== null) await exchange(saved.clone());
    },
    lose: async () => {
      saved = null;
      await exchange(openMemoryHubStore({ nowMs: node.nowMs, firstEpoch }));
    },
    hasCopy: () => saved !== null,
  };
}

/** What the process of the hub answers; refused while it starts. */
export function serving(hub: SimHub): HubServices {
  const services = hub.services();
  if (services === null) throw new JzseError('hub-unreachable', 'the hub starts');
  return services;
}
