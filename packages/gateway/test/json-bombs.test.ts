import { initTRPC } from '@trpc/server';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { mountTrpc } from '../src/index.ts';
import { bearer, type TestGateway, testGateway } from './test-gateway.ts';

const t = initTRPC.create();
const router = t.router({
  take: t.procedure.input(z.object({ text: z.string(), numbers: z.array(z.number()).optional() })).mutation(({ input }) => ({
    text: input.text.length,
    isSpoiled: 'isAdmin' in {} || 'isAdmin' in input,
  })),
});

let gateway: TestGateway;
beforeEach(async () => {
  gateway = await testGateway();
  mountTrpc(gateway.app, { prefix: '/trpc', router, createContext: () => ({}) });
  gateway.app.post('/json', { config: { access: { who: 'signed-in' } } }, async () => 'taken');
});
afterEach(() => gateway.app.close());

const send = (payload: string, options: { readonly url?: string; readonly headers?: Record<string, string> } = {}) =>
  gateway.app.inject({
    method: 'POST',
    url: options.url ?? '/trpc/take',
    headers: { 'content-type': 'application/json', ...(options.headers ?? bearer) },
    payload,
  });

describe('JSON that means harm', () => {
  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  test.each([
    ['deep arrays', deep(5_000_000)],
    ['deep arrays that do not end', '['.repeat(10_000_000)],
    ['deep objects', '{"a":'.repeat(1_000_000)],
    ['deep inside a field', `{"text":"x","more":${deep(200)},"padding":"${'x'.repeat(70_000)}"}`],
    ['very many values', `[${'0,'.repeat(3_000_000)}0]`],
    ['very many objects', `[${'{},'.repeat(3_000_000)}{}]`],
    ['a key that every object has', '{"text":"x","__proto__":{"isAdmin":true}}'],
    ['the same, escaped', '{"text":"x","\\u005f\\u005fproto__":{"isAdmin":true}}'],
    ['the same, deep down', '{"text":"x","a":[{"b":{"__proto__":{"isAdmin":true}}}]}'],
    ['the prototype of a constructor', '{"text":"x","constructor":{"prototype":{"isAdmin":true}}}'],
    ['a batch of it', '{"0":{"text":"x","__proto__":{"isAdmin":true}}}'],
    ['no JSON', '{"text":'],
    ['nothing', ''],
  ])('%s is refused', async (_what, payload) => {
    const answer = await send(payload);
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { data: { code: 'BAD_REQUEST' } } });
  });

  test('small bombs do no harm', async () => {
    for (const payload of [deep(30_000), '{"a":'.repeat(10_000), `{${'"text":1,'.repeat(7_000)}"text":2}`]) {
      expect((await send(payload)).statusCode).toBe(400);
      expect((await send(payload, { url: '/json' })).statusCode).toBeLessThanOrEqual(400);
    }
  });

  test('a key that stands there twice counts once, for those who check and those who work alike', async () => {
    const many = `{${'"text":"long",'.repeat(300_000)}"text":"x"}`;
    expect((await send(many)).json()).toEqual({ result: { data: { text: 1, isSpoiled: false } } });
  });

  test('what only looks like it is taken', async () => {
    const harmless = [
      { text: '__proto__ and constructor' },
      { text: `${'['.repeat(100_000)}"\\"${'{'.repeat(1_000)}` },
      { text: '\\'.repeat(100_000) },
      { text: 'x', numbers: Array.from({ length: 100_000 }, (_, index) => index) },
    ];
    for (const input of harmless) {
      expect((await send(JSON.stringify(input))).json()).toEqual({ result: { data: { text: input.text.length, isSpoiled: false } } });
    }
  });
});

describe('strangers', () => {
  test('may not send much to procedures, whatever they say of it', async () => {
    const input = JSON.stringify({ text: 'x'.repeat(70_000) });
    const refused = await send(input, { headers: {} });
    expect(refused.statusCode).toBe(413);
    expect(refused.json()).toMatchObject({ error: { data: { code: 'PAYLOAD_TOO_LARGE' } } });
    expect((await send(JSON.stringify({ text: 'x'.repeat(60_000) }), { headers: {} })).statusCode).toBe(200);
    expect((await send(input)).statusCode).toBe(200);
    const url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
    const stream = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"text":"x"}'));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const chunked = await fetch(`${url}/trpc/take`, { method: 'POST', headers, body: stream, duplex: 'half' } as RequestInit);
    expect(chunked.status).toBe(413);
  });
});
