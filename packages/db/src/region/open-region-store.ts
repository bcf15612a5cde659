import type { ReplicaId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { applyFeedRows } from './apply-feed.ts';
import { replaceBySnapshot } from './apply-snapshot.ts';
import type { ChunkIndexTable } from './chunk-index.ts';
import { prepareChunkIndex } from './chunk-index.ts';
import { commitOperations } from './commit.ts';
import { prepareContents } from './contents.ts';
import { prepareCursors } from './cursor.ts';
import { prepareFeedLog } from './feed-log.ts';
import type { GroupCommit } from './group-commit.ts';
import { createGroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import { openDatabase } from './open-database.ts';
import { prepareOutbox } from './outbox.ts';
import { prepareReads } from './reads.ts';
import type { RegionStore } from './region-store.ts';
import { prepareReplica } from './replica.ts';
import { prepareSeenReplicas } from './seen-replicas.ts';
import type { ShownFolders, TouchedFolders } from './shown-folders.ts';
import { createTouchedFolders } from './shown-folders.ts';
import { prepareShownTree } from './shown-tree.ts';
import { prepareShownWrites } from './shown-writes.ts';
import { prepareUploads } from './uploads.ts';
import { prepareWanted } from './wanted.ts';

export interface OpenRegionStore extends RegionStore {
  /** What the chunk store needs of the same database. */
  readonly chunkIndex: ChunkIndexTable;
}

export interface RegionStoreOptions {
  readonly file: string;
  /** The time of leases and outbox rows. */
  readonly nowMs: () => number;
  /** Told after each flush which folders are shown otherwise now, whoever changed them; must not throw. */
  readonly onShown?: (folders: ShownFolders) => void;
}

/** Opens the metadata of a region; the file is made and migrated as needed. */
export function openRegionStore(options: RegionStoreOptions): OpenRegionStore {
  const database = openDatabase(options.file);
  const touched = createTouchedFolders();
  const group = createGroupCommit(database, () => {
    const folders = touched.take();
    if (folders.size > 0) options.onShown?.(folders);
  });
  const tables = prepareTables(database, { group, touched, nowMs: options.nowMs });
  return { ...writeSide(database, tables), ...readSide(tables), ...workSide(tables), chunkIndex: tables.chunks };
}

interface TableDeps {
  readonly group: GroupCommit;
  readonly touched: TouchedFolders;
  readonly nowMs: () => number;
}

type Tables = ReturnType<typeof prepareTables>;

function prepareTables(database: RegionDatabase, deps: TableDeps) {
  const shownTree = prepareShownTree(database);
  const replicas = prepareReplica(database);
  return {
    ...deps,
    database,
    shownTree,
    replicas,
    replica: (): ReplicaId | null => replicas.read(),
    writes: prepareShownWrites(database, deps.touched),
    outbox: prepareOutbox(database),
    cursors: prepareCursors(database),
    log: prepareFeedLog(database),
    seen: prepareSeenReplicas(database),
    contents: prepareContents(database),
    chunks: prepareChunkIndex(database, deps),
    uploads: prepareUploads(database),
    wanted: prepareWanted(database),
    reads: prepareReads(database, shownTree),
  };
}

type WriteSide = 'replica' | 'adoptReplica' | 'createSpace' | 'commit' | 'applyFeed' | 'applySnapshot' | 'close';

function writeSide(database: RegionDatabase, tables: Tables): Pick<RegionStore, WriteSide> {
  const { group } = tables;
  return {
    replica: tables.replica,
    adoptReplica: (region, replica) => group.run(() => tables.replicas.adopt(region, replica)),
    createSpace: (space) => group.run(() => tables.cursors.create(space)),
    commit: (request) => group.run(() => commitOperations(tables, request)),
    applyFeed: (space, rows) => group.run(() => applyFeedRows(tables, space, rows)),
    applySnapshot: (space, snapshot) => replaceBySnapshot(tables, space, snapshot),
    close: async () => {
      await group.drain();
      database.close();
    },
  };
}

type ReadSide =
  | 'listSpaces'
  | 'entry'
  | 'entryAtPath'
  | 'pathOf'
  | 'listFolder'
  | 'listVersions'
  | 'cursor'
  | 'readOutbox'
  | 'outboxSize'
  | 'oldestUnsentMs'
  | 'spacesWithOutbox';

function readSide(tables: Tables): Pick<RegionStore, ReadSide> {
  const { reads, outbox, cursors } = tables;
  return {
    listSpaces: async () => cursors.list(),
    entry: async (space, id) => reads.entry(space, id),
    entryAtPath: async (space, names) => reads.entryAtPath(space, names),
    pathOf: async (space, id) => reads.pathOf(space, id),
    listFolder: async (space, folder, page) => reads.listFolder(space, folder, page),
    listVersions: async (space, id, page) => reads.listVersions(space, id, page),
    cursor: async (space) => {
      const row = cursors.read(space);
      if (row === null) throw new Error(`unknown space ${space}`);
      return { position: row.position, forks: row.forks };
    },
    readOutbox: async (space, limit, after) =>
      outbox.read(space, limit, after === undefined ? undefined : dotKey(after)).map((row) => row.operation),
    outboxSize: async (space) => outbox.size(space),
    oldestUnsentMs: async (space) => outbox.oldestMs(space),
    spacesWithOutbox: async () => outbox.spaces(),
  };
}

type WorkSide = Exclude<keyof RegionStore, WriteSide | ReadSide>;

function workSide({ group, contents, wanted, uploads, chunks }: Tables): Pick<RegionStore, WorkSide> {
  return {
    isHeld: async (hash) => contents.isHeld(hash),
    heldBytes: async () => contents.heldBytes(),
    chunksOf: async (content) => contents.chunksOf(content),
    recordManifest: (item) => group.run(() => contents.list(item)),
    markHeld: (space, items) =>
      group.run(() => {
        for (const item of items) contents.holdAndReport(space, item);
      }),
    finishTransfers: (done) =>
      group.run(() => {
        for (const item of done) contents.hold(item.content);
        wanted.done(done.map((item) => item.transferId));
      }),
    unreportedHoldings: async (limit) => contents.unreported(limit),
    holdingsReported: (items) => group.run(() => contents.reported(items)),
    addWanted: (items) => group.run(() => wanted.add(items)),
    nextWanted: async (nowMs, limit) => wanted.next(nowMs, limit),
    wantedDone: (ids) => group.run(() => wanted.done(ids)),
    wantedRetry: (id, notBeforeMs) => group.run(() => wanted.retry(id, notBeforeMs)),
    wantedCount: async () => wanted.count(),
    createUpload: (row) => group.run(() => uploads.create(row)),
    upload: async (id) => uploads.read(id),
    uploadChunks: async (id) => uploads.chunks(id),
    advanceUpload: (id, step) => group.run(() => uploads.advance(id, step)),
    wholeUploads: async (limit) => uploads.whole(limit),
    removeUpload: (id) => group.run(() => uploads.remove(id)),
    removeExpiredUploads: (nowMs, limit) => group.run(() => uploads.removeExpired(nowMs, limit)),
    releaseChunks: (step) => group.run(() => chunks.release(step)),
    forgetContentWith: (chunk) => group.run(() => contents.forgetWith(chunk)),
  };
}
