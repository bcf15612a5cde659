import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type ConcurrencyLimit, createConcurrencyLimit } from '../src/concurrency-limit.ts';
import type { GatewayOptions } from '../src/index.ts';
import { createWaitingLine } from '../src/waiting-line.ts';
import { bearer, type TestGateway, testGateway } from './test-gateway.ts';

const open = { config: { access: { who: 'anyone' } } } as const;
const eventually = (read: () => unknown) => expect.poll(read, { timeout: 20_000 });

let gateway: TestGateway;
let url: string;
/** Handlers that were begun and wait, oldest first. */
let begun: { readonly name: string; readonly end: () => void }[] = [];
const endAll = (): void => {
  for (const { end } of begun.splice(0)) end();
};
afterEach(async () => {
  endAll();
  await gateway.app.close();
});

const listen = async (admission: NonNullable<GatewayOptions['admission']>): Promise<void> => {
  begun = [];
  gateway = await testGateway({ admission, isRegionPath: (path) => path === '/chunks/read' });
  const held = async (request: { readonly params: unknown }): Promise<string> => {
    const { name } = request.params as { readonly name: string };
    await new Promise<void>((end) => begun.push({ name, end }));
    return name;
  };
  gateway.app.get('/held/:name', open, held);
  gateway.app.put('/held/:name', open, held);
  gateway.app.post('/chunks/read', open, async () => 'chunks');
  gateway.app.get('/quick', open, async () => 'quick');
  url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
};
const get = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, { ...init, headers: { ...bearer, ...init.headers } });
const ask = (count: number, init?: RequestInit) => Array.from({ length: count }, (_, index) => get(`/held/${index}`, init));
const metric = async (name: string, lane: string): Promise<number> => {
  const text = await (await get('/metrics')).text();
  return Number(new RegExp(`${name}\\{.*lane="${lane}".*\\} (\\d+)`).exec(text)?.[1]);
};
const places = 64;

describe('more requests than there are places', () => {
  test('wait a while, and are refused as overloaded; health and metrics answer all the same, and so do other lanes', async () => {
    await listen({ waitMsMax: 200, slowAfterMs: 600_000 });
    const asked = ask(places + 20);
    await eventually(() => begun.length).toBe(places);
    await eventually(() => metric('jzse_requests_in_flight', 'reads')).toBe(places);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/chunks/read', { method: 'POST' })).status).toBe(200);
    const early = await Promise.race(asked.slice(places));
    expect(early.status).toBe(503);
    expect(early.headers.get('retry-after')).toBe('1');
    expect(early.headers.get('content-type')).toBe('application/problem+json');
    expect(await early.json()).toMatchObject({ code: 'overloaded', status: 503, retryable: true });
    const head = await get('/quick', { method: 'HEAD' });
    expect(head.status).toBe(503);
    const statuses = Promise.all(asked.map(async (answer) => (await answer).status));
    await eventually(() => metric('jzse_requests_waiting', 'reads')).toBe(0);
    endAll();
    const counted = await statuses;
    expect(counted.filter((status) => status === 200)).toHaveLength(places);
    expect(counted.filter((status) => status === 503)).toHaveLength(20);
    expect((await get('/quick')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toMatch(/jzse_requests_overloaded_total\{service="test"\} 21/);
  });

  test('get a place when one is free, in the order of coming', async () => {
    await listen({ waitMsMax: 60_000, slowAfterMs: 600_000 });
    const asked = ask(places);
    await eventually(() => begun.length).toBe(places);
    for (const late of [1000, 1001, 1002]) {
      asked.push(get(`/held/${late}`));
      await eventually(() => metric('jzse_requests_waiting', 'reads')).toBe(late - 999);
    }
    for (const late of ['1000', '1001', '1002']) {
      begun.shift()?.end();
      await eventually(() => begun.at(-1)?.name).toBe(late);
    }
    endAll();
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
  });

  test('in a crowd the newest is served first', async () => {
    await listen({ waitMsMax: 60_000, crowdMin: 2, crowdedAfterMs: 0, slowAfterMs: 600_000 });
    const asked = ask(places);
    await eventually(() => begun.length).toBe(places);
    for (const late of [1000, 1001, 1002]) {
      asked.push(get(`/held/${late}`));
      await eventually(() => metric('jzse_requests_waiting', 'reads')).toBe(late - 999);
    }
    await sleep(5);
    begun.shift()?.end();
    await eventually(() => begun.at(-1)?.name).toBe('1002');
    endAll();
    await eventually(() => begun.length).toBe(2);
    endAll();
    await Promise.all(asked);
  });

  test('are not held up by those that take long', async () => {
    await listen({ slowAfterMs: 100, waitMsMax: 60_000 });
    const asked = ask(places * 2);
    await eventually(() => begun.length).toBe(places * 2);
    await eventually(() => metric('jzse_requests_slow', 'reads')).toBe(places * 2);
    expect((await get('/quick')).status).toBe(200);
    endAll();
    await Promise.all(asked);
    await eventually(() => metric('jzse_requests_slow', 'reads')).toBe(0);
  });

  test('the oldest goes when too many wait, and callers who left take no place', async () => {
    await listen({ waitMsMax: 60_000, waitingMax: 5, slowAfterMs: 600_000 });
    const leaving = new AbortController();
    const asked = ask(places).concat(ask(20, { signal: leaving.signal }));
    const statuses = Promise.allSettled(asked);
    await eventually(async () => (await (await get('/metrics')).text()).includes('jzse_requests_overloaded_total{service="test"} 15')).toBe(
      true,
    );
    leaving.abort();
    endAll();
    await eventually(() => metric('jzse_requests_in_flight', 'reads')).toBe(0);
    expect((await statuses).filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(places);
  });

  test('are refused at once when memory is short, but for those that show how the server is', async () => {
    await listen({ heapShareMax: 0 });
    await get('/quick');
    await eventually(async () => (await get('/quick')).status).toBe(503);
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/metrics')).status).toBe(200);
  });

  test('a call is refused as a call, and an upload before it is sent', async () => {
    await listen({ waitMsMax: 100, slowAfterMs: 600_000 });
    const asked = ask(places);
    await eventually(() => begun.length).toBe(places);
    const refused = await get('/trpc/anything');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({
      error: { data: { code: 'SERVICE_UNAVAILABLE', httpStatus: 503, jzse: { code: 'overloaded', retryable: true } } },
    });
    const uploads = ask(places, {
      method: 'PUT',
      body: JSON.stringify('x'.repeat(300_000)),
      headers: { 'content-type': 'application/json' },
    });
    await eventually(() => begun.length).toBe(places * 2);
    const late = await get('/held/late', {
      method: 'PUT',
      body: JSON.stringify('x'.repeat(300_000)),
      headers: { 'content-type': 'application/json' },
    });
    expect(late.status).toBe(503);
    endAll();
    await Promise.all([...asked, ...uploads]);
  });
});

describe('the number of places', () => {
  const windows = (
    limit: ConcurrencyLimit,
    count: number,
    { ms, isFull = true }: { readonly ms: number; readonly isFull?: boolean },
  ): void => {
    for (let sample = 0; sample < 64 * count; sample++) limit.note({ kind: 'a', ms, isAlone: false, isFull });
  };

  test('grows while requests are as fast as alone, shrinks when they are not, within its bounds', () => {
    const limit = createConcurrencyLimit({ min: 16, start: 64, max: 512 });
    windows(limit, 10, { ms: 10_000 });
    expect(limit.now).toBe(64);
    limit.note({ kind: 'a', ms: 10, isAlone: true, isFull: false });
    windows(limit, 100, { ms: 15, isFull: false });
    expect(limit.now).toBe(64);
    windows(limit, 3, { ms: 15 });
    expect(limit.now).toBeGreaterThan(80);
    windows(limit, 1_000, { ms: 15 });
    expect(limit.now).toBe(512);
    windows(limit, 100, { ms: 25 });
    expect(limit.now).toBe(512);
    windows(limit, 100, { ms: 100 });
    expect(limit.now).toBe(16);
  });
});

test('a waiting line gives out both ends', () => {
  const line = createWaitingLine<number>();
  for (let item = 0; item < 5_000; item++) line.push(item);
  for (let item = 0; item < 2_000; item++) expect(line.takeOldest()).toBe(item);
  expect(line.takeNewest()).toBe(4_999);
  expect(line.length).toBe(2_999);
  expect(line.oldest()).toBe(2_000);
  for (let item = 4_998; item >= 2_000; item--) expect(line.takeNewest()).toBe(item);
  expect([line.length, line.oldest(), line.takeOldest(), line.takeNewest()]).toEqual([0, undefined, undefined, undefined]);
  line.push(7);
  expect(line.takeNewest()).toBe(7);
});
