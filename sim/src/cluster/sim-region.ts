import { createHash } from 'node:crypto';
import type { Author, RegionId } from '@jzse/sync';
import { entryId } from '@jzse/sync';
import { mergeDeps } from '../../../apps/edge-node/src/conflict-services.ts';
import { startMaintenance } from '../../../apps/edge-node/src/maintain/start-maintenance.ts';
import type { ReadDeps } from '../../../apps/edge-node/src/read/read-deps.ts';
import type { HubPort } from '../../../apps/edge-node/src/replicate/hub-port.ts';
import type { RemoteChunkReader } from '../../../apps/edge-node/src/replicate/read-remote-chunks.ts';
import { type MergesDeps, startMerges } from '../../../apps/edge-node/src/replicate/run-merges.ts';
import { type Replication, startReplication } from '../../../apps/edge-node/src/replicate/start-replication.ts';
import { runMergeTask } from '../../../apps/edge-node/src/write/run-merge-task.ts';
import { startSealThread } from '../../../apps/edge-node/src/write/seal-thread.ts';
import type { WriteDeps } from '../../../apps/edge-node/src/write/write-deps.ts';
import type { OpenRegionStore } from '../../../packages/db/src/region/open-region-store.ts';
import { type MemoryRegion, openMemoryRegion } from '../../../packages/db/src/testing/memory-region.ts';
import type { ChunkFiles } from '../../../packages/storage/src/chunk-files.ts';
import { createDiskChunkStore } from '../../../packages/storage/src/open-disk-chunk-store.ts';
import { createDisk, type SimDisk } from '../world/sim-disk.ts';
import { createLife, createNode, type Life, type SimNode } from '../world/sim-node.ts';
import type { World } from '../world/world.ts';
import { withWritePoints } from './io-points.ts';
import { createSimLogger } from './sim-logger.ts';

export interface SimRegionOptions {
  readonly world: World;
  readonly name: string;
  readonly hubPort: (life: Life) => HubPort;
  readonly readRemote: (life: Life) => RemoteChunkReader;
  /** Around the store of each process: what looks on, and faults. */
  readonly around: (store: OpenRegionStore, region: SimRegion) => OpenRegionStore;
  readonly flushLateMs: number;
}
/** What runs in a process of a region. */
export interface RunningRegion {
  readonly life: Life;
  /** With its I/O points: as the region's own code sees it. */
  readonly store: OpenRegionStore;
  readonly write: WriteDeps;
  readonly read: ReadDeps;
  readonly replication: Replication;
}
export interface SimRegion {
  readonly id: RegionId;
  readonly url: string;
  readonly node: SimNode;
  readonly disk: SimDisk;
  readonly author: Author;
  /** Null while no process runs. */
  readonly running: RunningRegion | null;
  /** The store without I/O points, for those who look on; null while no process runs. */
  readonly bare: OpenRegionStore | null;
  /** Restored or wiped so often. */
  readonly lives: number;
  start(): Promise<void>;
  kill(): void;
  /** Database and disk as of now. */
  save(): void;
  hasCopy(): boolean;
  /** Database and disk are those of the copy; null: empty ones. */
  exchange(from: 'copy' | 'nothing'): void;
  end(): void;
}

interface Copy {
  readonly database: Uint8Array;
  readonly files: ReturnType<SimDisk['copy']>;
}

/** Chunks above this are files, below it rows: small, so that there are many of both. */
const inlineBytesMax = 60;
const diskBytes = 1_000_000_000;
const pruneLogEveryMs = 30_000;

const writes = [
  'adoptReplica',
  'renewReplica',
  'createSpace',
  'commit',
  'applyFeed',
  'applySnapshot',
  'pruneFeed',
  'noteDivergence',
  'setPolicy',
  'noteRegions',
  'recordManifest',
  'markHeld',
  'finishTransfers',
  'holdingsReported',
  'addWanted',
  'wantedDone',
  'wantedRetry',
  'removeExpiredUploads',
  'releaseChunks',
  'forgetContentWith',
  'pruneJournal',
] as const satisfies readonly (keyof OpenRegionStore)[];

export function createSimRegion(options: SimRegionOptions): SimRegion {
  const { world, name } = options;
  const node = createNode(name, world.time);
  const random = world.random(name);
  const disk = createDisk({ node, random, flushLateMs: options.flushLateMs });
  const ids = world.random(`${name} ids`);
  let database: Uint8Array | null = null;
  let opened: MemoryRegion | null = null;
  const dead: MemoryRegion[] = [];
  let copy: Copy | null = null;
  let running: RunningRegion | null = null;
  let lives = 0;

  const kill = (): void => {
    if (node.life !== null) node.life.isAlive = false;
    node.life = null;
    running = null;
    if (opened === null) return;
    database = opened.copy();
    // What the dead process still has in hand at this moment may look, but nothing of it is kept.
    dead.push(opened);
    opened = null;
    disk.crash();
  };
  const region: SimRegion = {
    id: name as RegionId,
    url: `http://${name}`,
    node,
    disk,
    author: { user: `of ${name}`, device: 'sim', region: name as RegionId },
    get running() {
      return running;
    },
    get bare() {
      return opened?.store ?? null;
    },
    get lives() {
      return lives;
    },
    start: async () => {
      if (node.life !== null) return;
      const life = createLife(node, random);
      node.life = life;
      opened = openMemoryRegion(database, { nowMs: node.nowMs });
      const { store } = opened;
      const launched = world.time.as(life, () =>
        launch(options, { region, life, store, files: disk.filesFor(life), newId: () => newId(ids) }),
      );
      const ready = await launched;
      if (life.isAlive) running = ready;
    },
    kill,
    save: () => {
      if (opened !== null) copy = { database: opened.copy(), files: disk.copy() };
    },
    hasCopy: () => copy !== null,
    exchange: (from) => {
      kill();
      lives++;
      database = from === 'copy' ? (copy?.database ?? null) : null;
      disk.restore(from === 'copy' ? (copy?.files ?? new Map()) : new Map());
    },
    end: () => {
      if (node.life !== null) node.life.isAlive = false;
      for (const each of opened === null ? dead : [...dead, opened]) each.end();
      opened = null;
    },
  };
  return region;
}

const newId = (ids: ReturnType<World['random']>): string => createHash('sha256').update(String(ids.next())).digest('hex').slice(0, 20);

interface Launch {
  readonly region: SimRegion;
  readonly life: Life;
  readonly store: OpenRegionStore;
  readonly files: ChunkFiles;
  readonly newId: () => string;
}

/** As `startEdge` does it, without HTTP. */
async function launch(options: SimRegionOptions, { region, life, store: bare, files, newId: unguessable }: Launch): Promise<RunningRegion> {
  const { world } = options;
  const { nowMs } = region.node;
  const logger = createSimLogger(world, region.id);
  const random = world.random(`${region.id} loops`).next;
  const store = withWritePoints(options.around(bare, region), life, writes);
  const index = { ...bare.chunkIndex, ...withWritePoints(bare.chunkIndex, life, ['add', 'renew', 'remove']) };
  const onDamaged = (hash: string): void => world.fail(`${region.id}: chunk ${hash.slice(0, 8)} is named and not there, or not whole`);
  const chunks = createDiskChunkStore({ files, index, onDamaged, inlineBytesMax });
  const replication = await startReplication({
    region: region.id,
    url: region.url,
    store,
    chunks,
    hub: options.hubPort(life),
    readRemote: options.readRemote(life),
    nowMs,
    random,
    logger,
    readDisk: async () => ({ freeBytes: diskBytes, totalBytes: diskBytes }),
    changed: () => undefined,
    held: () => undefined,
  });
  const { safePosition, bringBack } = replication;
  startMaintenance({ store, chunks, chunkFolder: '', safePosition, bringBack, pruneLogEveryMs, nowMs, random, logger });
  const write: WriteDeps = {
    store,
    chunks,
    sealThread: startSealThread(),
    region: region.id,
    nowMs,
    newEntryId: () => entryId(unguessable()),
    newUploadId: unguessable,
    checkCommit: () => undefined,
    checkRoom: () => undefined,
    committed: replication.outboxChanged,
  };
  const read: ReadDeps = { store, chunks, missing: replication.missing, resolveAtHub: replication.hub.resolvePath };
  const merging = mergeDeps(read, write);
  const merge: MergesDeps['merge'] = (task, signal) => runMergeTask(merging, task, signal);
  replication.runMerges(startMerges({ region: region.id, hub: replication.hub, nowMs, random, logger, merge }));
  return { life, store, write, read, replication };
}
