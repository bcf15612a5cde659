import type { SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import { applyFeedRows } from './apply-feed.ts';
import { replaceBySnapshot } from './apply-snapshot.ts';
import { commitOperations } from './commit.ts';
import type { Cursor, RegionStore } from './region-store.ts';
import { renewReplica } from './renew-replica.ts';
import type { Tables } from './tables.ts';

type WriteSide = 'replica' | 'adoptReplica' | 'renewReplica' | 'createSpace' | 'commit' | 'applyFeed' | 'applySnapshot';

/** The port over the tables: each write in a transaction of the group. */
export function writeSide(tables: Tables): Pick<RegionStore, WriteSide> {
  const { group } = tables;
  return {
    replica: tables.replica,
    adoptReplica: (region, replica) => group.run(() => tables.replicas.adopt(region, replica)),
    renewReplica: (region, replica, same = null) => group.run(() => renewReplica(tables.database, tables, { region, replica, same })),
    createSpace: async (space) => {
      await tables.leftSpaces.settled(space);
      await group.run(() => tables.cursors.create(space));
    },
    commit: (request) => group.run(() => commitOperations(tables, request)),
    applyFeed: (space, rows) => group.run(() => applyFeedRows(tables, space, rows)),
    applySnapshot: (space, snapshot) => replaceBySnapshot(tables, space, snapshot),
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

export function readSide({ reads, outbox, cursors }: Tables): Pick<RegionStore, ReadSide> {
  return {
    listSpaces: async () => cursors.list(),
    entry: async (space, id) => reads.entry(space, id),
    entryAtPath: async (space, names) => reads.entryAtPath(space, names),
    pathOf: async (space, id) => reads.pathOf(space, id),
    listFolder: async (space, folder, page) => reads.listFolder(space, folder, page),
    listVersions: async (space, id, page) => reads.listVersions(space, id, page),
    cursor: async (space): Promise<Cursor> => {
      const row = cursors.read(space);
      if (row === null) throw new Error(`unknown space ${space}`);
      return { position: row.position, forks: row.forks, dot: row.dot };
    },
    readOutbox: async (space, limit, after) =>
      outbox.read(space, limit, after === undefined ? undefined : dotKey(after)).map((row) => row.operation),
    outboxSize: async (space) => outbox.size(space),
    oldestUnsentMs: async (space) => outbox.oldestMs(space),
    spacesWithOutbox: async () => outbox.spaces(),
  };
}

type ConvergenceSide =
  | 'pruneFeed'
  | 'feedDot'
  | 'feedOperation'
  | 'feedRange'
  | 'confirmedPage'
  | 'acknowledgedCounters'
  | 'divergence'
  | 'noteDivergence'
  | 'listConflicts'
  | 'countConflicts'
  | 'version'
  | 'commonAncestor'
  | 'listDeleted'
  | 'listChanges'
  | 'changeJournal'
  | 'pruneJournal'
  | 'policy'
  | 'setPolicy'
  | 'recentChanges'
  | 'unsentAuthors'
  | 'doors'
  | 'closeDoor'
  | 'openDoor'
  | 'expectChange'
  | 'expectedUntilMs'
  | 'knownRegions'
  | 'noteRegions';

export function convergenceSide(tables: Tables): Pick<RegionStore, ConvergenceSide> {
  const { group, trees, log, found, versions, journal, doors, facts } = tables;
  const shown = (space: SpaceId) => trees.of(space).key;
  return {
    pruneFeed: (space, upTo, limit) => group.run(() => log.prune(shown(space), upTo, limit)),
    feedDot: async (space, position) => log.dot(shown(space), position),
    feedOperation: async (space, position) => log.operation(shown(space), position),
    feedRange: async (space) => log.range(shown(space)),
    confirmedPage: async (space, page) => tables.confirmedPage(space, page),
    acknowledgedCounters: async (space) => Object.fromEntries(tables.seen.read(space)),
    divergence: async (space) => facts.divergence(space),
    noteDivergence: (space, divergence) => group.run(() => facts.noteDivergence(space, divergence)),
    listConflicts: async (space, folder, page) => found.conflicts(space, folder, page),
    countConflicts: async (space) => found.countConflicts(space),
    version: async (space, dot) => versions.read(space, dot),
    commonAncestor: async (space, dots) => versions.commonAncestor(space, dots),
    listDeleted: async (space, folder, page) => found.deleted(space, folder, page),
    listChanges: async (space, limit) => journal.list(space, limit),
    changeJournal: async (space, changeId) => journal.read(space, changeId),
    pruneJournal: (olderThanMs, limit) => group.run(() => journal.prune(olderThanMs, limit)),
    policy: async (space) => facts.policy(space),
    setPolicy: (space, revised) => group.run(() => facts.setPolicy(space, revised)),
    recentChanges: async (space, author, sinceMs) => doors.recentChanges(space, author, sinceMs),
    unsentAuthors: async (space) => doors.unsentAuthors(space),
    doors: async () => doors.list(),
    closeDoor: (door, sinceMs) => group.run(() => doors.close(door, sinceMs)),
    openDoor: (space) => group.run(() => doors.open(space)),
    expectChange: (space, untilMs) => group.run(() => doors.expect(space, untilMs)),
    expectedUntilMs: async (space) => doors.expectedUntilMs(space),
    knownRegions: async () => facts.regions(),
    noteRegions: (regions) => group.run(() => facts.noteRegions(regions)),
  };
}

type Elsewhere = WriteSide | ReadSide | ConvergenceSide | 'digest' | 'recomputeDigest' | 'correctSums' | 'digestChildren' | 'close';
type WorkSide = Exclude<keyof RegionStore, Elsewhere>;

export function workSide({ group, contents, wanted, uploads, chunks }: Tables): Pick<RegionStore, WorkSide> {
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
    unheldContents: async (step) => contents.unheld(step),
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
