import { JzseError, type Principal } from '@jzse/api';
import { createTRPCClient, httpBatchLink } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { afterEach, describe, expect, test } from 'vitest';
import { addressKey } from '../src/address-key.ts';
import { createTokenGuard, type Guard, mountTrpc } from '../src/index.ts';
import { createRateLimiter } from '../src/rate-limiter.ts';
import { bearer, type TestGateway, testGateway, token } from './test-gateway.ts';

const open = { config: { access: { who: 'anyone' } } } as const;
const closed = { config: { access: { who: 'signed-in' } } } as const;
const perMinute = (points: number) => ({ points, windowS: 60 });

let gateway: TestGateway;
afterEach(() => gateway?.app.close());

describe('a limit', () => {
  test('lets all points be used at once, and gives them back evenly', () => {
    let now = 1_000;
    const limiter = createRateLimiter({ limit: { points: 10, windowS: 10 }, keysMax: 10, nowMs: () => now });
    for (let left = 9; left >= 0; left--) expect(limiter.take('a', 1)).toMatchObject({ left, waitMs: 0 });
    expect(limiter.take('a', 1)).toEqual({ left: 0, waitMs: 1_000, restMs: 10_000 });
    expect(limiter.take('b', 10)).toMatchObject({ left: 0, waitMs: 0 });
    now += 999;
    expect(limiter.take('a', 1).waitMs).toBe(1);
    now += 1;
    expect(limiter.take('a', 1)).toMatchObject({ left: 0, waitMs: 0 });
    now += 60_000;
    expect(limiter.take('a', 1)).toMatchObject({ left: 9 });
    limiter.giveBack('a', 1);
    expect(limiter.take('a', 10)).toMatchObject({ left: 0, waitMs: 0 });
    limiter.charge('a', 1_000_000);
    expect(limiter.take('a', 1).waitMs).toBeLessThanOrEqual(11_000);
  });

  test('remembers no more keys than it may, and forgets those that were used longest ago', () => {
    const limiter = createRateLimiter({ limit: { points: 1, windowS: 60 }, keysMax: 100, nowMs: () => 1 });
    limiter.take('first', 1);
    for (let key = 0; key < 40; key++) limiter.take(`k${key}`, 1);
    expect(limiter.take('first', 1).waitMs).toBeGreaterThan(0);
    for (let key = 0; key < 100_000; key++) {
      limiter.take(`x${key}`, 1);
      if (key % 1_000 === 0) expect(limiter.size).toBeLessThanOrEqual(100);
    }
    expect(limiter.take('first', 1).waitMs).toBe(0);
  });
});

describe('an address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['nonsense:here', 'unknown'],
  ])('%s is counted as %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

const person = (user: string, tokenId: string | null): Principal => ({
  type: 'user',
  user,
  device: 'd',
  isAdmin: false,
  session: null,
  token: tokenId,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
});
const principals: Readonly<Record<string, Principal>> = {
  li1: person('li', 't1'),
  li2: person('li', 't2'),
  wang: person('wang', 't3'),
  region: { type: 'region', region: 'beijing' as never, space: null },
  link: { type: 'link', link: 'l1', space: 'demo' as never },
};
const manyCallers: Guard = {
  ...createTokenGuard(token),
  bearer: async (given) => {
    const found = principals[given];
    if (found === undefined) throw new JzseError('unauthenticated', 'no such token');
    return found;
  },
};

describe('requests', () => {
  const get = (url: string, as?: string, headers: Record<string, string> = {}) =>
    gateway.app.inject({ url, headers: { ...headers, ...(as === undefined ? {} : { authorization: `Bearer ${as}` }) } });

  test('are limited by token and by person, and say what is left', async () => {
    gateway = await testGateway({ guard: manyCallers, rates: { user: perMinute(5), token: perMinute(3) } });
    gateway.app.get('/closed', closed, async () => 'x');
    const first = await get('/closed', 'li1');
    expect(first.headers['ratelimit-policy']).toBe('"address";q=1200000;w=60, "user";q=5;w=60, "token";q=3;w=60');
    expect(first.headers['ratelimit']).toMatch(/^"address";r=1199999;t=1, "user";r=4;t=12, "token";r=2;t=20$/);
    await get('/closed', 'li1');
    await get('/closed', 'li1');
    const refused = await get('/closed', 'li1');
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['content-type']).toBe('application/problem+json');
    expect(refused.headers['retry-after']).toBe('20');
    expect(refused.headers['ratelimit']).toContain('"token";r=0');
    expect(refused.json()).toMatchObject({ code: 'too-many-requests', retryable: true, data: { limit: 'token', retryAfterS: 20 } });
    expect((await get('/closed', 'li2')).statusCode).toBe(200);
    expect((await get('/closed', 'li2')).json()).toMatchObject({ code: 'too-many-requests', data: { limit: 'user' } });
    expect((await get('/closed', 'wang')).statusCode).toBe(200);
    expect((await get('/healthz', 'li1')).statusCode).toBe(200);
    for (let request = 0; request < 20; request++) {
      const answer = await get('/closed', 'region');
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['ratelimit']).toBeUndefined();
    }
  });

  test('of strangers are few, and do not keep out who is known', async () => {
    gateway = await testGateway({ guard: manyCallers, rates: { anonymous: perMinute(2), link: perMinute(1) } });
    gateway.app.get('/open', open, async () => 'x');
    gateway.app.get('/closed', closed, async () => 'x');
    await get('/open');
    await get('/open');
    expect((await get('/open')).json()).toMatchObject({ code: 'too-many-requests', data: { limit: 'anonymous' } });
    expect((await get('/closed', 'li1')).statusCode).toBe(200);
    expect((await get('/closed', 'link')).statusCode).toBe(200);
    expect((await get('/closed', 'link')).statusCode).toBe(429);
  });

  test('with guessed credentials are refused after a few, and the right one still works', async () => {
    gateway = await testGateway({ guard: manyCallers, rates: { anonymous: perMinute(60) } });
    gateway.app.get('/closed', closed, async () => 'x');
    const statuses: number[] = [];
    for (let guess = 0; guess < 5; guess++) statuses.push((await get('/closed', `guess-${guess}`)).statusCode);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await get('/closed', 'li1')).statusCode).toBe(200);
    const signIn = await gateway.app.inject({ method: 'POST', url: '/session', payload: { token } });
    expect(signIn.statusCode).toBe(429);
  });

  test('of one address are limited before anyone is asked who calls', async () => {
    let asked = 0;
    const guard: Guard = {
      ...manyCallers,
      bearer: (given, request) => {
        asked++;
        return manyCallers.bearer(given, request);
      },
    };
    gateway = await testGateway({ guard, rates: { address: perMinute(2) } });
    gateway.app.get('/closed', closed, async () => 'x');
    await get('/closed', 'li1');
    await get('/closed', 'guess');
    expect((await get('/closed', 'wang')).json()).toMatchObject({ code: 'too-many-requests', data: { limit: 'address' } });
    expect(asked).toBe(2);
    expect((await get('/readyz')).statusCode).toBe(200);
  });

  test('say for whom a proxy asks only if the proxy is one of ours', async () => {
    const rates = { anonymous: perMinute(1) };
    gateway = await testGateway({ rates });
    gateway.app.get('/open', open, async () => 'x');
    expect((await get('/open', undefined, { 'x-forwarded-for': '198.51.100.1' })).statusCode).toBe(200);
    expect((await get('/open', undefined, { 'x-forwarded-for': '198.51.100.2' })).statusCode).toBe(429);
    await gateway.app.close();

    gateway = await testGateway({ rates, trustedProxies: ['127.0.0.0/8', '10.1.0.0/16'] });
    gateway.app.get('/open', open, async ({ ip }) => ip);
    expect((await get('/open', undefined, { 'x-forwarded-for': '198.51.100.1' })).body).toBe('198.51.100.1');
    // What the caller itself put in front does not count.
    expect((await get('/open', undefined, { 'x-forwarded-for': '203.0.113.9, 198.51.100.1, 10.1.2.3' })).statusCode).toBe(429);
    expect((await get('/open', undefined, { 'x-forwarded-for': '198.51.100.2' })).statusCode).toBe(200);
  });
});

describe('calls', () => {
  const t = initTRPC.create({
    errorFormatter: ({ shape, error }) => ({
      ...shape,
      data: { ...shape.data, jzse: error.cause instanceof JzseError ? { code: error.cause.code, detail: error.cause.detail } : null },
    }),
  });
  const router = t.router({
    hello: t.procedure.query(() => 'hello'),
    signIn: t.procedure.query(() => {
      throw new JzseError('wrong-credentials', 'no');
    }),
  });

  test('of a batch count one each, and a refusal looks like a failed call', async () => {
    gateway = await testGateway({ rates: { user: perMinute(5) } });
    mountTrpc(gateway.app, { prefix: '/trpc', router, createContext: () => ({}) });
    const url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
    const client = createTRPCClient<typeof router>({ links: [httpBatchLink({ url: `${url}/trpc`, headers: bearer })] });
    expect(await Promise.all([client.hello.query(), client.hello.query(), client.hello.query(), client.hello.query()])).toHaveLength(4);
    const [one, other] = await Promise.allSettled([client.hello.query(), client.hello.query()]);
    for (const result of [one, other]) {
      expect(result).toMatchObject({ status: 'rejected', reason: { data: { code: 'TOO_MANY_REQUESTS', httpStatus: 429 } } });
      expect(result).toMatchObject({
        reason: { data: { jzse: { code: 'too-many-requests', detail: { limit: 'user', retryAfterS: 12 } } } },
      });
    }
    const raw = await fetch(`${url}/trpc/hello,hello`, { headers: bearer });
    expect(raw.status).toBe(429);
    expect(raw.headers.get('retry-after')).toBe('12');
    expect(await client.hello.query()).toBe('hello');
  });

  test('that fail by a wrong password are charged', async () => {
    gateway = await testGateway({ rates: { anonymous: perMinute(50) } });
    mountTrpc(gateway.app, { prefix: '/trpc', router, createContext: () => ({}) });
    const statuses: number[] = [];
    for (let guess = 0; guess < 4; guess++) statuses.push((await gateway.app.inject('/trpc/signIn')).statusCode);
    expect(statuses).toEqual([500, 500, 500, 429]);
  });
});
