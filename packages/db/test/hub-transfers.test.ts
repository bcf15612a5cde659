import type { Content, Operation, RegionId, SpaceId } from '@jzse/sync';
import { regionId, replicaLifeMax, rootId } from '@jzse/sync';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { HubStore } from '../src/hub/index.ts';
import { openHubStore, transferPriority } from '../src/hub/index.ts';
import { TestAuthor, testContent } from '../src/testing/index.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

const space = 'demo' as SpaceId;
const [beijing, shanghai, shenzhen] = ['beijing', 'shanghai', 'shenzhen'].map(regionId) as [RegionId, RegionId, RegionId];
const nowMs = 1_000_000;
const leaseMs = 30_000;

let server: TestPostgres;
let store: HubStore;
let author: TestAuthor;

beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  store = await openHubStore({ databaseUrl: await server.createDatabase(), nowMs: () => nowMs });
  await store.createSpace(space);
  for (const region of [beijing, shanghai]) await register(region);
  author = new TestAuthor('beijing:1');
});
afterEach(() => store.close());

const register = (region: RegionId, atMs = nowMs) => store.registerRegion({ id: region, url: `http://${region}` }, atMs);
const push = (operations: readonly Operation[], options: { readonly region?: RegionId; readonly in?: SpaceId } = {}) =>
  store.integrate({ space: options.in ?? space, epoch: 0, region: options.region ?? beijing, operations, nowMs });
const pushFile = (content: Content) => push([author.createFile(rootId, `f${author.counter}`, content)]);
const lease = (region: RegionId, options: { readonly atMs?: number; readonly limit?: number } = {}) =>
  store.leaseTransfers(region, { limit: options.limit ?? 100, leaseMs, nowMs: options.atMs ?? nowMs });
const hashes = (leased: readonly { readonly content: Content }[]) => leased.map(({ content }) => content.hash).sort();
const source = (region: RegionId) => ({ region, url: `http://${region}` });
const small = testContent('small');

test('a new content is planned for every region but its author, with where it is held', async () => {
  const { hash } = small;
  await pushFile(small);
  expect(await lease(beijing)).toEqual([]);
  expect(await lease(shanghai)).toEqual([
    {
      transferId: `shanghai/demo/${hash}`,
      space,
      content: small,
      priority: transferPriority.small,
      sources: [source(beijing)],
      leaseUntilMs: nowMs + leaseMs,
    },
  ]);
  expect(await store.holders(space, hash)).toEqual([source(beijing)]);
  expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 1 });
});

test('what is leased is not given out again before the lease ends', async () => {
  await pushFile(small);
  const [first] = await lease(shanghai);
  expect(await lease(shanghai, { atMs: nowMs + leaseMs - 1 })).toEqual([]);
  const [again] = await lease(shanghai, { atMs: nowMs + leaseMs });
  expect(again?.transferId).toBe(first?.transferId);
});

test('leases asked for at the same time are of different transfers', async () => {
  const contents = Array.from({ length: 40 }, (_, at) => testContent(`c${at}`));
  await push(contents.map((content, at) => author.createFile(rootId, String(at), content)));
  const leased = await Promise.all([1, 2, 3, 4].map(() => lease(shanghai, { limit: 10 })));
  const ids = leased.flat().map(({ transferId }) => transferId);
  expect(new Set(ids).size).toBe(ids.length);
  const rest = await lease(shanghai);
  expect(ids.length + rest.length).toBe(40);
});

test('settling records the holding, once, and ends the transfer', async () => {
  await pushFile(small);
  const [leased] = await lease(shanghai);
  const done = [leased?.transferId ?? ''];
  await store.settleTransfers(beijing, { done, failed: done }, nowMs);
  expect(await store.holders(space, small.hash)).toEqual([source(beijing)]);
  await store.settleTransfers(shanghai, { done, failed: ['shanghai/demo/none', 'nonsense', ''] }, nowMs);
  await store.settleTransfers(shanghai, { done, failed: done }, nowMs);
  expect((await store.holders(space, small.hash)).map(({ region }) => region)).toEqual([beijing, shanghai]);
  expect(await lease(shanghai, { atMs: nowMs + 10 * leaseMs })).toEqual([]);
  expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 0 });
});

test('a transfer that failed comes back later, each time later', async () => {
  await pushFile(small);
  let atMs = nowMs;
  for (const delayMs of [500, 1000, 2000, 3000, 3000]) {
    const [leased] = await lease(shanghai, { atMs });
    await store.settleTransfers(shanghai, { done: [], failed: [leased?.transferId ?? 'none'] }, atMs);
    expect(await lease(shanghai, { atMs: atMs + delayMs - 1 })).toEqual([]);
    atMs += delayMs;
  }
  expect(await lease(shanghai, { atMs })).toHaveLength(1);
});

test('a person who waits goes first, then small, then bulk', async () => {
  const [large, waiting] = [testContent('large', 256 * 1024 + 1), testContent('waiting', 1e9)];
  await pushFile(large);
  await pushFile(waiting);
  await pushFile(small);
  await store.prioritise(shanghai, space, waiting.hash, nowMs);
  expect((await lease(shanghai)).map(({ content }) => content)).toEqual([waiting, small, large]);
});

test('who waits for what is leased, held or unknown', async () => {
  await pushFile(small);
  await lease(shanghai);
  await store.prioritise(shanghai, space, small.hash, nowMs);
  expect(await lease(shanghai)).toMatchObject([{ priority: transferPriority.waiting }]);
  await store.prioritise(beijing, space, small.hash, nowMs);
  expect(hashes(await lease(beijing))).toEqual([small.hash]);
  await store.prioritise(shanghai, space, testContent('never').hash, nowMs);
  await store.prioritise(shenzhen, space, small.hash, nowMs);
  expect(await store.pendingTransfers()).toEqual({ beijing: 1, shanghai: 1 });
});

test('what a region reports to hold is held, and need not be fetched', async () => {
  const [one, two] = [testContent('one'), testContent('two')];
  await store.createSpace('other' as SpaceId);
  await pushFile(one);
  await push([new TestAuthor('beijing:1').createFile(rootId, 'f', two)], { in: 'other' as SpaceId });
  const held = [
    { space, hash: one.hash },
    { space: 'other' as SpaceId, hash: two.hash },
    { space, hash: one.hash },
  ];
  await Promise.all([store.recordHoldings(shanghai, held), store.recordHoldings(shanghai, [...held].reverse())]);
  await store.recordHoldings(shanghai, []);
  expect(await store.holders('other' as SpaceId, two.hash)).toHaveLength(2);
  expect(await store.holders(space, two.hash)).toEqual([]);
  expect(await lease(shanghai)).toEqual([]);
});

test('a content that a region holds already is not planned for it when it is named again', async () => {
  await pushFile(small);
  const [leased] = await lease(shanghai);
  await store.settleTransfers(shanghai, { done: [leased?.transferId ?? ''], failed: [] }, nowMs);
  await pushFile(small);
  await push([new TestAuthor('shanghai:1').createFile(rootId, 'same', small)], { region: shanghai });
  expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 0 });
});

test('[SY10] who hands on operations of others is not taken to hold their contents', async () => {
  await push([new TestAuthor('shenzhen:1').createFile(rootId, 'f', small)]);
  expect(await store.holders(space, small.hash)).toEqual([]);
  expect(hashes(await lease(beijing))).toEqual([small.hash]);
  expect(await lease(shanghai)).toMatchObject([{ sources: [] }]);
});

test('who restores a version is not taken to hold it', async () => {
  const file = author.createFile(rootId, 'f', small);
  await push([file]);
  const restore = new TestAuthor('shanghai:1').restore(file.entryId, small);
  await push([restore], { region: shanghai });
  expect((await store.holders(space, small.hash)).map(({ region }) => region)).toEqual([beijing]);
});

test('a region that is registered later gets everything there is, history included, whatever its size', async () => {
  const file = author.createFile(rootId, 'f', testContent('old'));
  await push([file, author.write(file.entryId, [file.dot], testContent('new'))]);
  await register(shenzhen);
  await register(shenzhen, nowMs + 1);
  expect(hashes(await lease(shenzhen))).toEqual([testContent('new').hash, testContent('old').hash].sort());
  await pushFile(small);
  expect(await lease(shenzhen)).toMatchObject([{ content: small, priority: transferPriority.small }]);
});

test('a region that is registered while pushes go on misses nothing', async () => {
  const spaces = ['s1', 's2', 's3'] as SpaceId[];
  for (const id of spaces) await store.createSpace(id);
  const pushing = spaces.map(async (id) => {
    const here = new TestAuthor('beijing:1');
    for (let batch = 0; batch < 10; batch++) {
      const operations = Array.from({ length: 5 }, () => here.createFile(rootId, `f${here.counter}`, testContent(`${id}/${here.counter}`)));
      await push(operations, { in: id });
    }
  });
  await Promise.all([...pushing, register(shenzhen), register('wuhan' as RegionId)]);
  expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 150, shenzhen: 150, wuhan: 150 });
});

test('replica ids are never given twice, also where the log knows more of them than the registry', async () => {
  const issued = await Promise.all([1, 2, 3, 4, 5].map(() => store.issueReplica(shanghai)));
  expect(new Set(issued).size).toBe(5);
  expect(await store.issueReplica(shenzhen)).toBe('shenzhen:1');
  await push([new TestAuthor('wuhan:7').createFile(rootId, 'f', small)]);
  expect(await store.issueReplica(regionId('wuhan'))).toBe('wuhan:8');
  expect(await store.issueReplica(regionId('wuhan'))).toBe('wuhan:9');
  await push([new TestAuthor(`wuhan:${replicaLifeMax + 1}`).createFile(rootId, 'g', small)]);
  expect(await store.issueReplica(regionId('wuhan')), 'nobody had issued that one').toBe('wuhan:10');
});

test('a hub that lost everything together with a region issues no number again', async () => {
  const clock = { seconds: 5_000 };
  const open = async () => openHubStore({ databaseUrl: await server.createDatabase(), firstLife: () => clock.seconds });
  const issue = async (times: number): Promise<string[]> => {
    const hub = await open();
    const issued: string[] = [];
    for (let time = 0; time < times; time++) issued.push(await hub.issueReplica(beijing));
    await hub.close();
    return issued;
  };
  expect(await issue(2)).toEqual(['beijing:5000', 'beijing:5001']);
  clock.seconds = 5_060;
  expect(await issue(1)).toEqual(['beijing:5060']);
});

test('a new life of a region holds nothing that the one before held', async () => {
  await store.issueReplica(beijing);
  await pushFile(small);
  expect(await lease(beijing)).toEqual([]);
  await store.issueReplica(beijing);
  expect(await store.holders(space, small.hash)).toEqual([]);
  expect(hashes(await lease(beijing))).toEqual([small.hash]);
});

test('regions are listed with their last heartbeat; sources come most recently seen first', async () => {
  const capacity = { diskFreeBytes: 2 ** 41, diskTotalBytes: 2 ** 42, heldBytes: 5, outbox: 1 };
  await pushFile(small);
  await store.recordHoldings(shanghai, [{ space, hash: small.hash }]);
  await store.heartbeat(shanghai, capacity, nowMs + 5);
  await store.heartbeat(shenzhen, capacity, nowMs + 5);
  expect(await store.listRegions()).toEqual([
    { id: beijing, url: 'http://beijing', registeredAtMs: nowMs, lastSeenAtMs: nowMs, capacity: null, clockSkewMs: null },
    { id: shanghai, url: 'http://shanghai', registeredAtMs: nowMs, lastSeenAtMs: nowMs + 5, capacity, clockSkewMs: null },
  ]);
  expect(await store.holders(space, small.hash)).toEqual([source(shanghai), source(beijing)]);
  await register(shenzhen, nowMs);
  expect(await lease(shenzhen)).toMatchObject([{ sources: [source(shanghai), source(beijing)] }]);
  await store.registerRegion({ id: beijing, url: 'http://moved' }, nowMs + 9);
  expect((await store.holders(space, small.hash))[0]).toEqual({ region: beijing, url: 'http://moved' });
});
