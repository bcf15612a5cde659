import type { Effect, Operation, RegionId, SpaceId } from '@jzse/sync';
import { dotKey, regionId, rootId } from '@jzse/sync';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { MemoryTree } from '../../sync/test/memory-tree.ts';
import type { HubStore } from '../src/hub/index.ts';
import { EpochMismatch, openHubStore, UnknownSpace } from '../src/hub/index.ts';
import { TestAuthor } from '../src/testing/index.ts';
import { TestHubLog } from './test-hub-log.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

const space = 'demo' as SpaceId;
const start = { epoch: 0, sequence: 0 };
const nowMs = 1_000_000;

let server: TestPostgres;
let databaseUrl: string;
let store: HubStore;

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  databaseUrl = await server.createDatabase();
  store = await openHubStore({ databaseUrl });
  await store.createSpace(space);
});
afterEach(() => store.close());

const push = (operations: readonly Operation[], region: RegionId = regionId('beijing')) =>
  store.integrate({ space, epoch: 0, region, operations, nowMs });
const feed = () => store.readFeed(space, start, 10_000);
const dots = (rows: readonly { readonly operation: Operation }[]) => rows.map((row) => dotKey(row.operation.dot));
const files = (author: TestAuthor, count: number) =>
  Array.from({ length: count }, (_, at) => author.createFile(rootId, `${author.replica}-${at}`));

async function snapshotTree(limit: number): Promise<MemoryTree> {
  const tree = new MemoryTree();
  let after: string | null = null;
  do {
    const page: { readonly items: readonly Effect[]; readonly next: string | null } = await store.snapshotPage(space, { after, limit });
    tree.apply(page.items);
    after = page.next;
  } while (after !== null);
  return tree;
}

test('[SY1] a replay changes nothing, a gap waits', async () => {
  const operations = files(new TestAuthor('beijing:1'), 6);
  expect(await push(operations.slice(0, 2))).toMatchObject({ acknowledged: 2, head: { sequence: 2 } });
  expect(await push(operations.slice(0, 3))).toMatchObject({ acknowledged: 3, head: { sequence: 3 } });
  const before = await feed();
  expect(await push(operations.slice(0, 3))).toEqual({ acknowledged: 3, head: { epoch: 0, sequence: 3 }, rows: [], skewMs: null });
  expect(await push(operations.slice(4))).toEqual({ acknowledged: 0, head: { epoch: 0, sequence: 3 }, rows: [], skewMs: null });
  expect(await feed()).toEqual(before);
  const withGap = [operations[3], operations[5]].filter((operation) => operation !== undefined);
  expect(await push(withGap)).toMatchObject({ acknowledged: 1, head: { sequence: 4 } });
  expect(dots(await feed())).toEqual(operations.slice(0, 4).map(({ dot }) => dotKey(dot)));
});

test('[SY10] a push of several replicas takes each in counter order; a gap of one ends the batch for all', async () => {
  const [beijing, shanghai] = [files(new TestAuthor('beijing:1'), 3), files(new TestAuthor('shanghai:2'), 3)];
  const mixed = [beijing[0], shanghai[0], beijing[1], shanghai[2], beijing[2]].filter((operation) => operation !== undefined);
  expect(await push(mixed)).toMatchObject({ acknowledged: 3 });
  expect(dots(await feed())).toEqual(['beijing:1/1', 'shanghai:2/1', 'beijing:1/2']);
  expect((await store.snapshotHead(space)).acknowledged).toEqual({ 'beijing:1': 2, 'shanghai:2': 1 });
});

test('[SY1] overlapping pushes at the same time: the feed is gap-free, and every dot is in it once, in counter order', async () => {
  const authors = ['beijing:1', 'shanghai:1', 'shenzhen:1'].map((replica) => new TestAuthor(replica));
  const all = authors.map((author) => files(author, 60));
  const other = await openHubStore({ databaseUrl, poolMax: 3 });
  const pushes = all.flatMap((operations) =>
    [0, 10, 0, 20, 30, 5, 40].map((from, at) => {
      const hub = at % 2 === 0 ? store : other;
      const region = operations[0]?.author.region ?? regionId('beijing');
      return hub.integrate({ space, epoch: 0, region, operations: operations.slice(from, from + 25), nowMs });
    }),
  );
  await Promise.all(pushes);
  for (const operations of all) await push(operations);
  await other.close();
  const rows = await feed();
  expect(rows.map((row) => row.position.sequence)).toEqual(Array.from({ length: 180 }, (_, at) => at + 1));
  for (const operations of all) {
    const region = operations[0]?.author.region;
    expect(dots(rows.filter((row) => row.operation.author.region === region))).toEqual(operations.map(({ dot }) => dotKey(dot)));
  }
});

test('[SY10] no reader skips a row while pushes go on', async () => {
  const authors = ['beijing:1', 'shanghai:1'].map((replica) => new TestAuthor(replica));
  let isDone = false;
  const writing = Promise.all(
    authors.map(async (author) => {
      for (let batch = 0; batch < 15; batch++) await push(files(author, 8));
    }),
  ).finally(() => {
    isDone = true;
  });
  const read: number[] = [];
  while (!isDone || read.length < 240) {
    const after = { epoch: 0, sequence: read.at(-1) ?? 0 };
    read.push(...(await store.readFeed(space, after, 50)).map((row) => row.position.sequence));
  }
  await writing;
  expect(read).toEqual(Array.from({ length: 240 }, (_, at) => at + 1));
});

test('[SY10] a push of another epoch is refused and leaves nothing', async () => {
  const operations = files(new TestAuthor('beijing:1'), 1);
  const refused = store.integrate({ space, epoch: 1, region: regionId('beijing'), operations, nowMs });
  await expect(refused).rejects.toThrow(EpochMismatch);
  expect(await feed()).toEqual([]);
});

test('an unknown space is said to be one', async () => {
  const nowhere = 'nowhere' as SpaceId;
  const operations = files(new TestAuthor('beijing:1'), 1);
  await expect(store.integrate({ space: nowhere, epoch: 0, region: regionId('beijing'), operations, nowMs })).rejects.toThrow(UnknownSpace);
  await expect(store.head(nowhere)).rejects.toThrow(UnknownSpace);
  await expect(store.snapshotHead(nowhere)).rejects.toThrow(UnknownSpace);
});

test('[SY9] a stamp that is too far ahead is set back', async () => {
  const author = new TestAuthor('beijing:1');
  author.wallMs = nowMs + 3_600_000;
  await push(files(author, 1));
  expect((await feed())[0]?.operation.stamp.wallMs).toBe(nowMs + 60_000);
  const entry = await store.entryAtPath(space, ['beijing:1-0']);
  expect(entry?.heads[0]?.stamp.wallMs).toBe(nowMs + 60_000);
});

test('[SY5] a batch whose folder turns out to be merged goes into the folder that is there', async () => {
  const [beijing, shanghai] = [new TestAuthor('beijing:1'), new TestAuthor('shanghai:1')];
  const there = beijing.createFolder(rootId, 'photos');
  await push([there, beijing.createFile(there.entryId, '7')]);
  const mine = shanghai.createFolder(rootId, 'Photos');
  const operations = [mine, ...Array.from({ length: 50 }, (_, at) => shanghai.createFile(mine.entryId, String(at)))];
  await push(operations, regionId('shanghai'));
  const page = await store.listFolder(space, there.entryId, { after: null, limit: 100 });
  expect(page.items).toHaveLength(50);
  expect(page.items.find((entry) => entry.name === '7')?.heads).toHaveLength(2);
});

test('two entries swap their names in one batch', async () => {
  const author = new TestAuthor('beijing:1');
  const [a, b] = [author.createFile(rootId, 'a'), author.createFile(rootId, 'b')];
  await push([a, b]);
  await push([author.move(a.entryId, rootId, 'c'), author.move(b.entryId, rootId, 'a'), author.move(a.entryId, rootId, 'b')]);
  expect((await store.entryAtPath(space, ['a']))?.id).toBe(b.entryId);
  expect((await store.entryAtPath(space, ['b']))?.id).toBe(a.entryId);
  expect(await store.entryAtPath(space, ['c'])).toBeNull();
});

test('operations that name the root are refused as the core refuses them', async () => {
  const author = new TestAuthor('beijing:1');
  await push([author.delete(rootId, []), author.move(rootId, rootId, 'x'), author.createFile(rootId, 'f')]);
  expect(await feed()).toHaveLength(3);
  expect([...(await snapshotTree(10)).entries.values()].map((entry) => entry.name)).toEqual(['', 'f']);
});

test('[SY10] a snapshot and the feed give one tree, and the feed after the snapshot brings it up to date', async () => {
  const author = new TestAuthor('beijing:1');
  const log = new TestHubLog();
  const take = async (operations: readonly Operation[]) => {
    for (const operation of operations) log.take(operation, nowMs);
    await push(operations);
  };
  const folder = author.createFolder(rootId, 'd');
  const inside = Array.from({ length: 20 }, (_, at) => author.createFile(folder.entryId, `f${at}`));
  await take([folder, ...inside, author.delete(inside[3]?.entryId ?? rootId, inside[3] === undefined ? [] : [inside[3].dot])]);
  const { position } = await store.snapshotHead(space);
  const tree = await snapshotTree(7);
  expect(tree.shown()).toBe(log.tree.shown());
  await take([author.move(folder.entryId, rootId, 'e'), ...files(author, 5)]);
  for (const row of await store.readFeed(space, position, 100)) tree.apply(row.effects);
  expect(tree.shown()).toBe(log.tree.shown());
  expect((await snapshotTree(1000)).shown()).toBe(log.tree.shown());
  tree.check();
});

test('a connection that breaks in the middle of a push leaves nothing, and the next push goes through', async () => {
  const operations = files(new TestAuthor('beijing:1'), 3);
  const admin = postgres(databaseUrl, { max: 2, onnotice: () => undefined });
  const blocker = await admin.reserve();
  await blocker`BEGIN`;
  await blocker`LOCK TABLE version IN ACCESS EXCLUSIVE MODE`;
  const broken = expect(push(operations)).rejects.toThrow();
  await terminateWaiting(admin);
  await broken;
  await blocker`ROLLBACK`;
  blocker.release();
  await admin.end();
  expect((await untilConnected(() => store.head(space))).position).toEqual(start);
  expect(await feed()).toEqual([]);
  expect((await store.listFolder(space, rootId, { after: null, limit: 10 })).items).toEqual([]);
  expect(await untilConnected(() => push(operations))).toMatchObject({ acknowledged: 3 });
});

/** The client library reports a broken connection once more to the statement that opens it again. */
async function untilConnected<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      return await work();
    } catch (cause) {
      expect(cause).toMatchObject({ code: expect.stringMatching(/^(57P01|CONNECTION_CLOSED)$/) });
    }
  }
  return work();
}

/** Breaks the store's connection that waits for a lock, as soon as there is one. */
async function terminateWaiting(admin: postgres.Sql): Promise<void> {
  for (;;) {
    const killed = await admin`
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock' AND application_name = 'jzse-hub'`;
    if (killed.length > 0) return;
  }
}

test('a store that is opened again goes on where it was; one of a newer JzSE is refused', async () => {
  const operations = files(new TestAuthor('beijing:1'), 2);
  await push(operations.slice(0, 1));
  const again = await openHubStore({ databaseUrl });
  expect(await again.integrate({ space, epoch: 0, region: regionId('beijing'), operations, nowMs })).toMatchObject({
    head: { sequence: 2 },
  });
  await again.close();
  const admin = postgres(databaseUrl, { max: 1 });
  await admin`INSERT INTO schema_version VALUES (99)`;
  await admin.end();
  await expect(openHubStore({ databaseUrl })).rejects.toThrow(/schema 99.*newer JzSE/);
});

test('two hubs that start at once on an empty database both start', async () => {
  const url = await server.createDatabase();
  const stores = await Promise.all([1, 2, 3].map(() => openHubStore({ databaseUrl: url, poolMax: 1 })));
  for (const opened of stores) await opened.close();
});
