import { once } from 'node:events';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { JzseError } from '@jzse/api';
import { createTRPCClient, httpBatchLink, httpSubscriptionLink, splitLink, TRPCClientError } from '@trpc/client';
import { initTRPC } from '@trpc/server';
import { EventSource } from 'eventsource';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { mountTrpc } from '../src/index.ts';
import { bearer, type TestGateway, testGateway } from './test-gateway.ts';

const open = { config: { access: { who: 'signed-in' } } } as const;

const t = initTRPC.context<{ readonly caller: string }>().create({ sse: { ping: { enabled: true, intervalMs: 50 } } });
let ticking = 0;
const router = t.router({
  hello: t.procedure.input(z.object({ name: z.string() })).query(({ ctx, input }) => `${ctx.caller}: hello ${input.name}`),
  size: t.procedure.input(z.string()).mutation(({ input }) => input.length),
  fail: t.procedure.query(() => {
    throw new JzseError('unknown-space', 'there is no such space');
  }),
  ticks: t.procedure.subscription(async function* ({ signal }) {
    ticking++;
    try {
      for (let tick = 0; ; tick++) {
        yield tick;
        await new Promise<void>((resolve) => {
          signal?.addEventListener('abort', () => resolve(), { once: true });
          setTimeout(resolve, 20).unref();
        });
        if (signal?.aborted === true) return;
      }
    } finally {
      ticking--;
    }
  }),
});

/** The machine may be busy with other tests. */
const eventually = (read: () => unknown) => expect.poll(read, { timeout: 20_000 });

let gateway: TestGateway;
let url: string;
beforeEach(async () => {
  gateway = await testGateway();
  mountTrpc(gateway.app, { prefix: '/trpc', router, createContext: (request) => ({ caller: request.id }) });
});
afterEach(() => gateway.app.close());
const listen = async (): Promise<void> => {
  url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
};
const newClient = () =>
  createTRPCClient<typeof router>({
    links: [
      splitLink({
        condition: (operation) => operation.type === 'subscription',
        true: httpSubscriptionLink({
          url: `${url}/trpc`,
          EventSource: class extends EventSource {
            constructor(address: string | URL) {
              super(address, { fetch: (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...bearer } }) });
            }
          } as never,
        }),
        false: httpBatchLink({ url: `${url}/trpc`, headers: { ...bearer, 'x-request-id': 'me' } }),
      }),
    ],
  });

describe('tRPC behind the gateway', () => {
  test('calls, in batches, and large ones', async () => {
    await listen();
    const client = newClient();
    const names = Array.from({ length: 40 }, (_, index) => `n${index}`);
    expect(await Promise.all(names.map((name) => client.hello.query({ name })))).toEqual(names.map((name) => `me: hello ${name}`));
    expect(await client.size.mutate('x'.repeat(5_000_000))).toBe(5_000_000);
  });

  test('refuses a wrong token, and logs a failure by the level of its code', async () => {
    await listen();
    expect((await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer guess' } })).status).toBe(401);
    await expect(newClient().fail.query()).rejects.toThrow(TRPCClientError);
    expect(gateway.lines.find((line) => line['code'] === 'unknown-space')).toMatchObject({ level: 30, procedure: 'fail' });
  });

  test('a subscription runs until its reader leaves or the server closes', async () => {
    await listen();
    const client = newClient();
    const read = (ticks: number) =>
      new Promise<{ unsubscribe(): void }>((resolve, reject) => {
        const subscription = client.ticks.subscribe(undefined, {
          onData: (tick) => tick >= ticks && resolve(subscription),
          onError: reject,
        });
      });
    const left = await read(5);
    left.unsubscribe();
    await eventually(() => ticking).toBe(0);
    const staying = await read(5);
    expect(ticking).toBe(1);
    await gateway.app.close();
    staying.unsubscribe();
    await eventually(() => ticking).toBe(0);
  });
});

describe('on the wire', () => {
  test('a streamed body may be far larger than a JSON body', async () => {
    gateway.app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
      scope.put('/stream', { ...open, bodyLimit: Number.MAX_SAFE_INTEGER }, async (request) => {
        let bytes = 0;
        for await (const chunk of request.body as Readable) bytes += (chunk as Buffer).length;
        return { bytes };
      });
    });
    await listen();
    const body = Readable.toWeb(Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(64 * 1024))));
    const answer = await fetch(`${url}/stream`, { method: 'PUT', headers: bearer, body: body as never, duplex: 'half' } as RequestInit);
    expect(await answer.json()).toEqual({ bytes: 64 * 64 * 1024 });
  });

  test('what is not HTTP, or has too long headers, gets a problem', async () => {
    await listen();
    expect(await rawAnswer('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 [\s\S]*"code":"invalid-input"/);
    expect(await rawAnswer(`GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(70_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 [\s\S]*"code":"too-large"/,
    );
  });

  test('many small requests on one connection', async () => {
    gateway.app.get('/small', open, async () => ({ ok: true }));
    await listen();
    const answers = await Promise.all(
      Array.from({ length: 500 }, () => fetch(`${url}/small`, { headers: bearer }).then((it) => it.status)),
    );
    expect(new Set(answers)).toEqual(new Set([200]));
  });
});

async function rawAnswer(text: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(text);
  let answer = '';
  socket.on('data', (data) => {
    answer += data;
  });
  await once(socket, 'close');
  return answer;
}
