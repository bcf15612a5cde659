import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JzseError } from '@jzse/api';
import { type EdgeServices, edgeRouter } from '@jzse/api/edge';
import { createCausalTokens, createEdgeClient } from '@jzse/client';
import { openRegionStore } from '@jzse/db/region';
import { createGateway, createTokenGuard, mountTrpc } from '@jzse/gateway';
import { openDiskChunkStore } from '@jzse/storage';
import {
  applyOperation,
  type CausalToken,
  encodeCausalToken,
  entryId,
  type FeedRow,
  type Operation,
  regionId,
  replicaId,
  rootEntry,
  rootId,
  type SpaceId,
  TreeOverlay,
} from '@jzse/sync';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCausalTokens as createCausal, registerCausalTokens } from '../../src/http/causal-tokens.ts';
import { registerFileReads } from '../../src/http/get-file.ts';
import { registerFileWrites } from '../../src/http/put-file.ts';
import { watchProgress } from '../../src/observe/space-progress.ts';
import { listFolder } from '../../src/read/list-folder.ts';
import { createRegionHealth } from '../../src/replicate/region-health.ts';
import { startSealThread } from '../../src/write/seal-thread.ts';

const space = 'demo' as SpaceId;
const token = 'a-token-for-tests';
const bearer = { authorization: `Bearer ${token}` };
type Region = Awaited<ReturnType<typeof openRegion>>;
let beijing: Region;
let guangzhou: Region;

beforeEach(async () => {
  beijing = await openRegion('beijing', () => [guangzhou]);
  guangzhou = await openRegion('guangzhou', () => [beijing]);
});
afterEach(async () => {
  await beijing.close();
  await guangzhou.close();
});

async function openRegion(name: string, others: () => readonly { readonly id: string; readonly url: string }[]) {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-causal-'));
  const opened = openRegionStore({ file: join(folder, 'region.db'), nowMs: Date.now });
  const { store, progress } = watchProgress(opened);
  const region = regionId(name);
  await store.createSpace(space);
  await store.adoptReplica(region, replicaId(region, 1));
  const chunks = await openDiskChunkStore({ folder: join(folder, 'chunks'), index: opened.chunkIndex, onDamaged: () => undefined });
  const sealThread = startSealThread();
  let waiting = 0;
  const noticed = {
    ...progress,
    onMoved: (...asked: Parameters<typeof progress.onMoved>) => {
      waiting++;
      return progress.onMoved(...asked);
    },
  };
  let ids = 0;
  const write = {
    store,
    chunks,
    sealThread,
    region,
    nowMs: Date.now,
    newEntryId: () => entryId(`${name}-${++ids}`),
    newUploadId: () => `${name}-${++ids}`,
    checkCommit: () => undefined,
    checkRoom: () => undefined,
    committed: () => undefined,
  };
  const missing = {
    bring: async () => {
      throw new JzseError('content-unavailable', 'nobody has it');
    },
  };
  const app = await createGateway({
    name: 'edge',
    version: '0',
    guard: createTokenGuard(token),
    logger: pino({ level: 'silent' }),
    ready: async () => null,
  });
  const causal = createCausal({ progress: noticed });
  const state = { isOthersKnown: true };
  const regions = () => (state.isOthersKnown ? others().map(({ id, url }) => ({ region: regionId(id), url })) : []);
  registerCausalTokens(
    app,
    { progress: noticed, region, proof: async () => token, regions, health: createRegionHealth(Date.now), mayPassOn: async () => true },
    causal,
  );
  registerFileReads(app, {
    store,
    chunks,
    missing,
    resolveAtHub: async () => null,
    nowMs: Date.now,
    causalToken: causal.tokenOf,
    allowAt: async () => undefined,
    list: async (_request, { space: asked, page }) => listFolder({ store }, { space: asked, entry: rootEntry }, page),
  });
  registerFileWrites(app, write);
  const services = {
    history: async () => ({ versions: [], next: null }),
    listSpaces: () => store.listSpaces(),
  } as Partial<EdgeServices> as EdgeServices;
  mountTrpc(app, {
    prefix: '/trpc',
    router: edgeRouter,
    createContext: (request) => ({
      services,
      author: { user: 'wei', device: 'desk', region },
      allow: async () => undefined,
      accounts: {} as never,
      sharing: {} as never,
      aboutSpace: (asked) => causal.about(request, asked as SpaceId),
    }),
    answerHeaders: causal.answerHeaders,
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return {
    id: name,
    url,
    store,
    state,
    progress,
    waiting: () => waiting,
    get: (path: string, seen: string | null = null, init: RequestInit = {}) =>
      fetch(`${url}/files/demo${path}`, {
        ...init,
        headers: { ...bearer, ...(seen === null ? {} : { 'x-jzse-causal': seen }), ...init.headers },
      }),
    put: (path: string, body: string, seen: string | null = null) =>
      fetch(`${url}/files/demo${path}`, {
        method: 'PUT',
        body,
        headers: { ...bearer, ...(seen === null ? {} : { 'x-jzse-causal': seen }) },
      }),
    close: async () => {
      app.server.closeAllConnections();
      await app.close();
      await opened.close();
      await sealThread.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** What a hub makes of these operations, as the first rows of its log. */
function ordered(operations: readonly Operation[]): FeedRow[] {
  const tree = new TreeOverlay({
    entry: (id) => (id === rootId ? rootEntry : null),
    aliasOf: () => null,
    liveChild: () => null,
    liveChildren: () => [],
    hasChild: () => false,
    aliasesTo: () => [],
  });
  return operations.map((operation, at) => {
    const position = { epoch: 0, sequence: at + 1 };
    const effects = applyOperation(tree, operation, { position, forks: {} });
    tree.apply(effects);
    return { position, operation, effects };
  });
}
const causalOf = (response: Response): string => response.headers.get('x-jzse-causal') ?? 'none';
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
async function deliver(): Promise<void> {
  const rows = ordered(await beijing.store.readOutbox(space, 100));
  await guangzhou.store.applyFeed(space, rows);
}

test('[SY12] answers say what was seen: the cursor and the last operation of their region', async () => {
  expect(causalOf(await beijing.get('/none'))).toBe('demo@0.0');
  expect(causalOf(await beijing.put('/a', 'one'))).toBe('demo@0.0+beijing:1/1');
  expect(causalOf(await beijing.get('/a'))).toBe('demo@0.0+beijing:1/1');
  expect(causalOf(await beijing.get('/', null, { method: 'HEAD' }))).toBe('demo@0.0+beijing:1/1');
  await deliver();
  expect(causalOf(await guangzhou.get('/a', null, { method: 'HEAD' }))).toBe('demo@0.1');
  expect(causalOf(await fetch(`${beijing.url}/files/demo/a`, { method: 'DELETE', headers: bearer }))).toBe('demo@0.0+beijing:1/2');
});

test('[SY12] an edge that is behind waits until it is not', async () => {
  const seen = causalOf(await beijing.put('/a', 'one'));
  const answer = guangzhou.get('/', seen);
  await until(() => guangzhou.waiting() > 0);
  await deliver();
  const listing = (await (await answer).json()) as { readonly entries: readonly { readonly name: string }[] };
  expect(listing.entries.map(({ name }) => name)).toEqual(['a']);
});

test('[SY12] a read of what does not come here is passed on to the region that it comes from', async () => {
  const seen = causalOf(await beijing.put('/a', 'one'));
  const answers = await Promise.all([
    guangzhou.get('/a', seen),
    guangzhou.get('/a', seen, { method: 'HEAD' }),
    guangzhou.get('/a', seen, { headers: { range: 'bytes=1-1' } }),
    guangzhou.get('/none', seen),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 206, 404]);
  const [whole, head, part] = answers as [Response, Response, Response, Response];
  expect([await whole.text(), await part.text()]).toEqual(['one', 'n']);
  expect([whole.headers.get('etag'), head.headers.get('content-length')]).toEqual(['"beijing:1/1"', '3']);
  expect(causalOf(whole)).toBe(seen);
}, 15_000);

test('[SY12] where the others are behind too, a read goes on waiting after they were asked', async () => {
  await beijing.put('/a', 'one');
  const answer = guangzhou.get('/', 'demo@0.1');
  await until(() => beijing.waiting() > 0 && guangzhou.waiting() > 1);
  await deliver();
  const listing = (await (await answer).json()) as { readonly entries: readonly { readonly name: string }[] };
  expect(listing.entries.map(({ name }) => name)).toEqual(['a']);
});

test('[SY12] where nobody can be asked, and for writes and procedures, it says that it cannot yet', async () => {
  guangzhou.state.isOthersKnown = false;
  const seen = causalOf(await beijing.put('/a', 'one'));
  const query = encodeURIComponent(JSON.stringify({ space, path: '/a', after: null, limit: 1 }));
  const answers = await Promise.all([
    guangzhou.get('/a', seen),
    guangzhou.put('/a', 'two', seen),
    fetch(`${guangzhou.url}/trpc/history?input=${query}`, { headers: { ...bearer, 'x-jzse-causal': seen } }),
  ]);
  expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
    [503, '1'],
    [503, '1'],
    [503, '1'],
  ]);
  const bodies = await Promise.all(answers.map((answer) => answer.text()));
  for (const body of bodies) expect(body).toContain('not-seen-yet');
  expect(await guangzhou.store.outboxSize(space)).toBe(0);
}, 15_000);

test('[SY12] what is no token is refused; tokens of other spaces do not matter', async () => {
  const refused = await beijing.get('/', 'demo@1');
  expect([refused.status, ((await refused.json()) as { readonly code: string }).code]).toEqual([400, 'invalid-input']);
  expect((await beijing.get('/', 'other@9.9, demo@0.0')).status).toBe(200);
});

test('[SY12] in a later epoch, what was kept stands where it was, and what was lost is known by its dot', async () => {
  const at = (sequence: number, counter: number | null): CausalToken => ({
    space,
    position: { epoch: 0, sequence },
    dot: counter === null ? null : { replica: replicaId(regionId('beijing'), 1), counter },
  });
  const pages = (async function* () {})();
  await guangzhou.store.applySnapshot(space, {
    position: { epoch: 7, sequence: 5 },
    forks: { 0: 5 },
    acknowledged: { 'beijing:1': 5 },
    dot: null,
    pages,
    tail: [],
  });
  expect(await guangzhou.progress.hasSeen(at(4, null))).toBe(true);
  expect(await guangzhou.progress.hasSeen(at(8, 5))).toBe(true);
  expect(await guangzhou.progress.hasSeen(at(8, 6))).toBe(false);
  expect(await guangzhou.progress.hasSeen({ ...at(6, null), position: { epoch: 7, sequence: 6 } })).toBe(false);
});

test('[SY12] a client takes what it has seen along to the next edge', async () => {
  const causal = createCausalTokens();
  const here = createEdgeClient({ url: beijing.url, token, causal });
  const there = createEdgeClient({ url: guangzhou.url, token, causal });
  await here.files.put({ space, path: '/a' }, 'one');
  expect(causal.sent()).toBe('demo@0.0+beijing:1/1');
  guangzhou.state.isOthersKnown = false;
  const reading = there.files.read({ space, path: '/a' }, { version: 'beijing:1/1' });
  await until(() => guangzhou.waiting() > 0);
  await deliver();
  await expect(reading).rejects.toMatchObject({ code: 'content-unavailable' });
  await there.trpc.history.query({ space, path: '/a', after: null, limit: 1 });
  expect(causal.sent()).toBe(encodeCausalToken({ space, position: { epoch: 0, sequence: 1 }, dot: null }));
});
