import { hash as digest } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRegionStore, openRegionStore, type Unheld } from '@jzse/db/region';
import { openMemoryHubStore, TestAuthor } from '@jzse/db/testing';
import { type Chunk, type ChunkStore, openDiskChunkStore } from '@jzse/storage';
import { type EntryId, type FeedPosition, type Hash, type RegionId, type ReplicaId, rootId, type SpaceId } from '@jzse/sync';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bringUnheld } from '../../src/maintain/bring-unheld.ts';
import { collectGarbage, leaseGraceMs } from '../../src/maintain/collect-garbage.ts';
import { expireUploads } from '../../src/maintain/expire-uploads.ts';
import { journalKeptMs, pruneJournal } from '../../src/maintain/prune-journal.ts';
import { pruneLog } from '../../src/maintain/prune-log.ts';
import { scrubChunks } from '../../src/maintain/scrub-chunks.ts';
import { startMaintenance } from '../../src/maintain/start-maintenance.ts';

let folder: string;
let store: OpenRegionStore;
let chunks: ChunkStore;
let now: number;
const signal = new AbortController().signal;
const nowMs = () => now;
const deps = () => ({ store, chunks, nowMs, pauseMs: 0 });

beforeEach(async () => {
  now = 1_000_000_000;
  folder = await mkdtemp(join(tmpdir(), 'jzse-maintain-'));
  store = openRegionStore({ file: join(folder, 'region.db'), nowMs });
  await store.createSpace('demo' as SpaceId);
  chunks = await openDiskChunkStore({ folder: join(folder, 'chunks'), index: store.chunkIndex, onDamaged: () => {} });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const chunk = (size: number, fill: number): Chunk => {
  const bytes = new Uint8Array(size).fill(fill);
  return { hash: digest('sha256', bytes, 'hex') as Hash, bytes };
};

test('a chunk that nothing names goes when its grace is over, not before; small and large ones alike', async () => {
  const [small, large] = [chunk(100, 1), chunk(200_000, 2)];
  await chunks.putMany([small, large]);
  now += leaseGraceMs;
  expect(await collectGarbage(deps(), signal)).toBe(0);
  expect(await chunks.missing([small.hash])).toEqual([]);
  now += 1;
  expect(await collectGarbage(deps(), signal)).toBe(1);
  expect(await chunks.missing([small.hash, large.hash])).toEqual([large.hash]);
  expect(await chunks.get(large.hash)).toBeNull();
});

test('a walk over many chunks is made in steps, and takes all that is garbage', async () => {
  const many = Array.from({ length: 1_203 }, (_, at) => chunk(8 + at, 3));
  await chunks.putMany(many);
  now += leaseGraceMs + 1;
  await collectGarbage(deps(), signal);
  expect((await chunks.missing(many.map((item) => item.hash))).length).toBe(many.length);
});

test('a chunk that is put again between its release and its removal stays', async () => {
  const large = chunk(200_000, 4);
  await chunks.put(large);
  now += leaseGraceMs + 1;
  const { files } = await store.releaseChunks({ leaseEndedBeforeMs: now - leaseGraceMs, after: null, limit: 10 });
  expect(files).toEqual([large.hash]);
  await Promise.all([chunks.put(large), chunks.remove(files)]);
  expect(await chunks.get(large.hash)).toEqual(Buffer.from(large.bytes));
});

test('the chunks of a content that is still arriving stay, however long it takes', async () => {
  const large = chunk(200_000, 5);
  const absent = { hash: 'f'.repeat(64) as Hash, size: 9 };
  await chunks.put(large);
  await store.recordManifest({
    content: { hash: 'a'.repeat(64) as Hash, size: 200_009, manifest: 'b'.repeat(64) as Hash },
    chunks: [{ hash: large.hash, size: large.bytes.length }, absent],
  });
  now += 10 * leaseGraceMs;
  expect(await collectGarbage(deps(), signal)).toBe(0);
  expect(await chunks.missing([large.hash])).toEqual([]);
});

test('uploads go when their time is over; those that were prolonged stay', async () => {
  const upload = (id: string) => ({
    id,
    space: 'demo' as SpaceId,
    path: `/${id}`,
    metadata: '',
    length: null,
    offset: 0,
    expiresAtMs: now + 1000,
    base: null,
    kind: 'single' as const,
    completed: false,
    tail: new Uint8Array(),
  });
  for (let at = 0; at < 120; at++) await store.createUpload(upload(`u${at}`));
  await store.advanceUpload('u7', { fromOffset: 0, toOffset: 1, sealed: [], tail: new Uint8Array(1), expiresAtMs: now + 9000 });
  now += 1001;
  expect(await expireUploads({ store, nowMs }, signal)).toBe(119);
  expect(await store.upload('u7')).not.toBeNull();
  expect(await store.upload('u8')).toBeNull();
});

test('contents that versions name, that are not here and that nobody brings are fetched', async () => {
  await store.adoptReplica('beijing' as RegionId, 'beijing:1' as ReplicaId);
  const held = chunk(10, 1);
  await chunks.put(held);
  const contentOf = (hash: Hash) => ({ hash, size: 10, manifest: null });
  const author = { user: 'u', device: 'd', region: 'beijing' as RegionId };
  const absent = [chunk(10, 2), chunk(10, 3)].map(({ hash }) => hash);
  const contents = [held.hash, ...absent].map(contentOf);
  await store.commit({
    space: 'demo' as SpaceId,
    contents: [{ content: contentOf(held.hash), chunks: [{ hash: held.hash, size: 10 }] }],
    decide: ({ replica, position, clock }) =>
      contents.map((content, at) => ({
        type: 'create',
        kind: 'file',
        entryId: `e${at}` as EntryId,
        parentId: rootId,
        name: `f${at}`,
        content,
        facts: { mediaType: null, modifiedMs: null },
        author,
        dot: { replica, counter: at + 1 },
        stamp: { ...clock, logical: at + 1, replica },
        context: { position, counter: at },
      })),
  });
  const fetched: Hash[] = [];
  const bringBack = async (items: Unheld['items']) => void fetched.push(...items.map(({ content }) => content.hash));
  expect(await bringUnheld({ store, bringBack, pauseMs: 0 }, signal)).toBe(2);
  expect(fetched.sort()).toEqual([...absent].sort());
  const wanted = { transferId: 't', space: 'demo' as SpaceId, content: contentOf(held.hash), priority: 0, sources: [], leaseUntilMs: 0 };
  await store.addWanted([wanted]);
  expect(await bringUnheld({ store, bringBack, pauseMs: 0 }, signal), 'while transfers are under way').toBe(0);
});

test('maintenance ends when it is told to', async () => {
  const maintenance = startMaintenance({
    store,
    chunks,
    chunkFolder: join(folder, 'chunks'),
    safePosition: () => null,
    bringBack: async () => undefined,
    pruneLogEveryMs: 60_000,
    nowMs,
    logger: pino({ level: 'silent' }),
  });
  await maintenance.stop();
});

test('a scrub sets damaged and vanished chunks aside, and removes files that no row names', async () => {
  const [sound, rotten, gone, small] = [chunk(200_000, 6), chunk(200_000, 7), chunk(200_000, 8), chunk(50, 9)];
  const damaged: Hash[] = [];
  const files = join(folder, 'chunks');
  const store2 = await openDiskChunkStore({ folder: files, index: store.chunkIndex, onDamaged: (hash) => void damaged.push(hash) });
  await store2.putMany([sound, rotten, gone, small]);
  const fileOf = (hash: Hash) => join(files, hash.slice(0, 2), hash.slice(2));
  await writeFile(fileOf(rotten.hash), 'rot');
  await rm(fileOf(gone.hash));
  const stray = 'c'.repeat(64) as Hash;
  await writeFile(fileOf(stray), 'left by a crash');
  const scrub = { chunks: store2, index: store.chunkIndex, folder: files, bytesPerSecondMax: 1e12 };
  expect(await scrubChunks(scrub, signal)).toEqual({ verified: 2, damaged: 2, strays: 1 });
  expect(new Set(damaged)).toEqual(new Set([rotten.hash, gone.hash]));
  expect(await readdir(join(files, 'quarantine'))).toEqual([rotten.hash]);
  expect(await readdir(join(files, 'cc'))).not.toContain('c'.repeat(62));
  expect(await scrubChunks(scrub, signal)).toEqual({ verified: 2, damaged: 0, strays: 0 });
});

test('an empty journal is pruned at once', async () => {
  now += journalKeptMs;
  expect(await pruneJournal({ store, nowMs }, signal)).toBe(0);
});

test('[SY10] rows of the log go up to the safe position and no further, in steps, and none of a position of another epoch', async () => {
  const space = 'demo' as SpaceId;
  const hub = openMemoryHubStore();
  await hub.createSpace(space);
  const author = new TestAuthor('shanghai:1');
  const operations = Array.from({ length: 1_300 }, (_, at) => author.createFile(rootId, `${at}`));
  const { rows } = await hub.integrate({ space, epoch: 0, region: 'shanghai' as RegionId, operations, nowMs: now });
  await store.applyFeed(space, rows);
  const prune = (safe: FeedPosition | null, until = signal) => pruneLog({ store, safePosition: () => safe, pauseMs: 0 }, until);
  const first = async () => (await store.feedRange(space))?.first.sequence ?? null;
  expect([await prune(null), await prune({ epoch: 1, sequence: 900 }), await prune({ epoch: 0, sequence: 0 }), await first()]).toEqual([
    0, 0, 0, 1,
  ]);
  expect([await prune({ epoch: 0, sequence: 1_200 }), await first()], 'in three steps').toEqual([1_200, 1_201]);
  expect([await prune({ epoch: 0, sequence: 1_100 }), await first()], 'never back').toEqual([0, 1_201]);
  expect(await prune({ epoch: 0, sequence: 1_300 }, AbortSignal.abort()), 'a process that stops').toBe(0);
  await prune({ epoch: 0, sequence: 9_999 });
  expect((await store.cursor(space)).dot, 'what stands at the cursor is known still').toEqual(operations.at(-1)?.dot);
});
