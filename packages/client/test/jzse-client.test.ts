import { createJzseClient, type JzseClientOptions, type Move, type RememberedRegions } from '@jzse/client';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type SmallEdge, startSmallEdge } from './small-edge.ts';

const demo = (path: string) => ({ space: 'demo', path });
let near: SmallEdge;
let middle: SmallEdge;
let far: SmallEdge;
let moves: Move[];
beforeEach(async () => {
  near = await startSmallEdge('beijing');
  middle = await startSmallEdge('shanghai', { delayMs: 40 });
  far = await startSmallEdge('shenzhen', { delayMs: 120 });
  moves = [];
});
afterEach(() => Promise.all([near, middle, far].map((edge) => edge.close())));

const all = () => [far, near, middle].map(({ region, url }) => ({ region, url }));
const quick = { compareEveryMs: 0, nearerForMs: 0, silentMs: 150, checkMsMax: 400, probeMsMax: 1_000, firstChoiceMs: 5_000 };
const connect = (options: Partial<JzseClientOptions> = {}) =>
  createJzseClient({ regions: all(), token: 'a-token', pace: quick, onMove: (move) => moves.push(move), ...options });
const region = async (client: Awaited<ReturnType<typeof connect>>) => (await client.trpc.listSpaces.query())[0];

describe('the nearest edge', () => {
  test('is used, left at once when it dies, and gone back to when it heals', async () => {
    const client = await connect();
    expect(await region(client)).toBe('beijing');
    expect(client.connection.url).toBe(near.url);
    const { port } = new URL(near.url);
    await near.close();
    expect(await region(client)).toBe('shanghai');
    expect(moves).toEqual([{ from: near.url, to: middle.url, why: 'failed' }]);
    near = await startSmallEdge('beijing', { port: Number(port) });
    await expect.poll(() => region(client), { timeout: 10_000 }).toBe('beijing');
    expect(moves.at(-1)).toEqual({ from: middle.url, to: near.url, why: 'nearer' });
  });

  test('is left in the middle of a call when its machine stops without a word', async () => {
    const client = await connect({ pace: { ...quick, compareEveryMs: 60_000 } });
    expect(await region(client)).toBe('beijing');
    near.isStopped = true;
    expect(await region(client)).toBe('shanghai');
    expect(client.present()?.region).toBe('shanghai');
    near.isStopped = false;
    await client.compare();
    await client.compare();
    expect(await region(client)).toBe('beijing');
  });

  test('is waited for as long as it lives: a slow call is no dead edge', async () => {
    const client = await connect({ pace: { ...quick, silentMs: 20, compareEveryMs: 60_000 } });
    await client.trpc.listSpaces.query();
    near.delayMs = 150;
    expect(await region(client)).toBe('beijing');
    expect(moves).toEqual([]);
  });

  test('may refuse twice, and is left for a while when it goes on', async () => {
    const client = await connect({ pace: { ...quick, refusedForMs: 60_000 } });
    expect(await region(client)).toBe('beijing');
    near.refuse = { count: 2, status: 503, code: 'overloaded' };
    expect(await region(client)).toBe('beijing');
    near.refuse = { count: 3, status: 503, code: 'not-ready' };
    expect(await region(client)).toBe('shanghai');
    await client.compare();
    expect(await region(client)).toBe('shanghai');
    expect(moves).toHaveLength(1);
  });

  test('that has been away from the hub for too long, and takes no token, is left', async () => {
    const client = await connect();
    expect(await region(client)).toBe('beijing');
    near.refuse = { count: 1_000, status: 401, code: 'region-cut-off' };
    expect(await region(client)).toBe('shanghai');
  });

  test('is found among dead ones, and when all are dead the call says so', async () => {
    await near.close();
    far.isStopped = true;
    const client = await connect();
    expect(await region(client)).toBe('shanghai');
    await middle.close();
    await expect(client.trpc.listSpaces.query()).rejects.toMatchObject({ code: 'unreachable' });
  });
});

describe('what is repeated', () => {
  test('reads, and writes with a condition, whose refusal says that the first one may have been done', async () => {
    const client = await connect();
    near.breakAfter = 1;
    near.files.set('/files/demo/a', 'one');
    expect(await (await client.files.read(demo('/a'))).text()).toBe('one');
    near.breakAfter = 1;
    const put = client.files.put(demo('/b'), 'two', { ifAbsent: true });
    await expect(put).rejects.toMatchObject({ code: 'precondition-failed', detail: { maybeDone: true } });
    Object.assign(near, { breakAfter: 1, stopsThen: true });
    await client.files.put(demo('/c'), 'three', { ifAbsent: true });
    expect([near, middle].map(({ files }) => files.get('/files/demo/c'))).toEqual(['three', 'three']);
  });

  test('no write without a condition, once it was sent', async () => {
    const client = await connect({ pace: { ...quick, compareEveryMs: 60_000 } });
    await client.trpc.listSpaces.query();
    near.breakAfter = 1_000;
    await expect(client.files.put(demo('/a'), 'one')).rejects.toMatchObject({ code: 'unreachable', detail: { maybeDone: true } });
    expect([near, middle, far].flatMap(({ calls }) => calls.filter((call) => call.startsWith('PUT')))).toHaveLength(1);
    near.breakAfter = 0;
    await near.close();
    // This one never got there.
    await client.files.put(demo('/b'), 'two');
    expect(middle.files.get('/files/demo/b')).toBe('two');
  });
});

test('[SY12] what was seen at one edge goes along to the next', async () => {
  const client = await connect();
  await client.files.put(demo('/a'), 'one');
  const { sent } = client.causal;
  const seen = sent();
  expect(seen).not.toBeNull();
  middle.files.set('/files/demo/a', 'one');
  await near.close();
  await client.files.read(demo('/a'));
  expect(middle.causal).toEqual([seen]);
  expect(sent()?.split(',')).toHaveLength(1);
});

describe('tokens', () => {
  const session = { accessToken: 'a-token', accessExpiresMs: Date.now() + 600_000, refreshToken: 'refresh-0' };
  const noToken = () => {
    const { token: _token, ...options } = { token: '', regions: all(), pace: quick };
    return options;
  };

  test('are renewed before they expire, once for all calls, and kept by the caller', async () => {
    const kept: string[] = [];
    const client = await createJzseClient({
      ...noToken(),
      session: { ...session, accessExpiresMs: Date.now() + 1_000 },
      onSession: ({ refreshToken }) => void kept.push(refreshToken),
    });
    await Promise.all(Array.from({ length: 8 }, () => client.trpc.listSpaces.query()));
    expect(near.refreshes).toBe(1);
    expect(kept).toEqual(['refresh-beijing-1']);
  });

  test('are renewed after a 401, through whichever edge serves', async () => {
    const client = await createJzseClient({ ...noToken(), session });
    expect((await client.trpc.listSpaces.query())[0]).toBe('beijing');
    await near.close();
    middle.tokens.clear();
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.trpc.listSpaces.query()));
    expect(new Set(answers.flat())).toEqual(new Set(['shanghai']));
    expect(middle.refreshes).toBe(1);
  });

  test('end with the session, and may come from the program', async () => {
    const over = await createJzseClient({ ...noToken(), session: { ...session, accessToken: 'old', refreshToken: 'used' } });
    await expect(over.trpc.listSpaces.query()).rejects.toMatchObject({ code: 'unauthenticated' });
    const asked: (string | null)[] = [];
    const client = await connect({
      token: async (refused) => {
        asked.push(refused);
        return refused === null ? 'old' : 'a-token';
      },
    });
    expect(await region(client)).toBe('beijing');
    expect(asked).toEqual([null, 'old']);
  });
});

test('regions and choice are remembered, so that the next start needs neither hub nor comparison', async () => {
  let remembered: RememberedRegions | null = null;
  const memory = {
    read: async () => remembered,
    write: async (next: RememberedRegions) => {
      remembered = structuredClone(next);
    },
  };
  await region(await connect({ memory }));
  const client = await createJzseClient({ token: 'a-token', hubUrl: 'http://127.0.0.1:1', memory });
  near.delayMs = 60;
  expect(await region(client)).toBe('beijing');
  await near.close();
  expect(await region(client)).not.toBe('beijing');
  await expect(
    createJzseClient({ token: 'a-token', hubUrl: 'http://127.0.0.1:1' }).then((other) => other.trpc.listSpaces.query()),
  ).rejects.toMatchObject({
    code: 'unreachable',
  });
  await expect(createJzseClient({ token: 'a-token' })).rejects.toMatchObject({ code: 'invalid-input' });
});
