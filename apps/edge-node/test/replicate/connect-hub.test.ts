import type { AddressInfo } from 'node:net';
import { JzseError } from '@jzse/api';
import { type HubContext, type HubServices, hubRouter, type WakeUp } from '@jzse/api/hub';
import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { afterEach, expect, test } from 'vitest';
import { connectHub, type HubConnection } from '../../src/replicate/connect-hub.ts';

const space = 'demo' as SpaceId;
const beijing = 'beijing' as RegionId;
const head: FeedPosition = { epoch: 1, sequence: 3 };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A hub that has only what a test gives it, over real HTTP with the token checked. */
async function serve(services: Partial<HubServices>): Promise<{ readonly hub: HubConnection; readonly close: () => Promise<unknown> }> {
  const server = createHTTPServer({
    router: hubRouter,
    basePath: '/trpc/',
    createContext: ({ req }) => {
      if (req.headers.authorization !== 'Bearer secret') throw new JzseError('unauthenticated', 'a token is needed');
      return { services: services as HubServices, allow: async () => undefined } as unknown as HubContext;
    },
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hub = connectHub({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { proof: async () => 'secret', onUnknown: async () => false, onHubTime: () => undefined },
  });
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  closing.push(close, hub.close);
  return { hub, close };
}

test('calls carry the token, and answers come back as they were', async () => {
  const rows = { type: 'rows' as const, rows: [], head, forks: { 1: 2 }, safe: 3 };
  const { hub } = await serve({ pull: async () => rows, register: async ({ region }) => ({ replica: `${region}:7` as never }) });
  expect(await hub.pull({ space, region: beijing, after: { ...head, dot: null }, limit: 10 })).toEqual(rows);
  expect(await hub.register({ region: beijing, url: 'http://127.0.0.1:1', replica: null })).toEqual({ replica: 'beijing:7' });
});

test("the hub's own errors keep their code; no answer is hub-unreachable", async () => {
  const { hub, close } = await serve({
    push: async () => {
      throw new JzseError('epoch-mismatch', 'another epoch', { detail: { epoch: 2 } });
    },
    regions: async () => {
      throw new Error('a secret of the hub');
    },
  });
  const operation = {
    dot: { replica: 'beijing:1' as never, counter: 1 },
    stamp: { wallMs: 1, logical: 0, replica: 'beijing:1' as never },
    context: { position: head, counter: 0 },
    entryId: 'e' as never,
    author: { user: 'u', device: 'd', region: beijing },
    type: 'move' as const,
    parentId: 'root' as never,
    name: 'n',
  };
  const push = hub.push({ space, epoch: 1, region: beijing, cursor: { ...head, dot: null }, operations: [operation] });
  await expect(push).rejects.toMatchObject({ name: 'JzseError', code: 'epoch-mismatch', detail: { epoch: 2 } });
  await expect(hub.regions()).rejects.toMatchObject({ code: 'internal' });
  await close();
  await expect(hub.regions()).rejects.toMatchObject({ code: 'hub-unreachable' });
});

test('wake-ups come as a stream, merged while nobody reads, and end with hub-unreachable when the hub goes', async () => {
  const asked: RegionId[] = [];
  let push: (wakeUp: WakeUp) => void = () => {};
  const { hub, close } = await serve({
    wakeUps: async function* (region, signal) {
      asked.push(region);
      yield { heads: [{ space, head }], transfers: true };
      while (!signal.aborted) {
        const next = await new Promise<WakeUp | null>((resolve) => {
          push = resolve;
          signal.addEventListener('abort', () => resolve(null));
        });
        if (next !== null) yield next;
      }
    },
  });
  const stream = hub.wakeUps(beijing, new AbortController().signal)[Symbol.asyncIterator]();
  expect((await stream.next()).value).toEqual({ heads: [{ space, head }], transfers: true });
  expect(asked).toEqual([beijing]);
  const next = stream.next();
  push({ heads: [{ space, head: { epoch: 1, sequence: 4 } }], transfers: false });
  expect((await next).value).toEqual({ heads: [{ space, head: { epoch: 1, sequence: 4 } }], transfers: false });
  const last = stream.next();
  await close();
  await expect(last).rejects.toMatchObject({ code: 'hub-unreachable' });
});

test('a reader of wake-ups that leaves ends the stream', async () => {
  let isOver = false;
  const { hub } = await serve({
    wakeUps: async function* (_region, signal) {
      yield { heads: [], transfers: false };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      isOver = true;
    },
  });
  const abort = new AbortController();
  for await (const wakeUp of hub.wakeUps(beijing, abort.signal)) {
    expect(wakeUp.heads).toEqual([]);
    abort.abort();
  }
  await expect.poll(() => isOver).toBe(true);
});
