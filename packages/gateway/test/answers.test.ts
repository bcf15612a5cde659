import { JzseError } from '@jzse/api';
import { InvalidPath } from '@jzse/sync';
import { afterEach, describe, expect, test } from 'vitest';
import { toProblem } from '../src/index.ts';
import { bearer, type TestGateway, testGateway, token } from './test-gateway.ts';

const open = { config: { access: { who: 'signed-in' } } } as const;

let gateway: TestGateway;
afterEach(() => gateway.app.close());

describe('errors', () => {
  test('become problems with a code, and only what is unknown is logged with its stack', async () => {
    gateway = await testGateway({ bodyBytesMax: 100 });
    const { app, lines } = gateway;
    app.get('/coded', open, async () => {
      throw new JzseError('upload-locked', 'someone else writes', { detail: { upload: 'u1' } });
    });
    app.get('/path', open, async () => {
      throw new InvalidPath('a name must not be empty');
    });
    app.get('/bug', open, async () => {
      throw new Error('password is hunter2');
    });
    app.get('/full', open, async () => {
      throw Object.assign(new Error('write'), { code: 'ENOSPC' });
    });
    app.post('/json', { ...open, schema: { body: { type: 'object', required: ['a'] } } }, async () => 'ok');
    const get = async (url: string) => (await app.inject({ url, headers: bearer })).json();
    const post = async (payload: string, type = 'application/json') =>
      (await app.inject({ method: 'POST', url: '/json', headers: { ...bearer, 'content-type': type }, payload })).json();

    expect(await get('/coded')).toMatchObject({
      code: 'upload-locked',
      status: 423,
      title: 'Upload locked',
      detail: 'someone else writes',
      retryable: true,
      data: { upload: 'u1' },
    });
    expect(await get('/path')).toMatchObject({ code: 'invalid-name', status: 400 });
    expect(await get('/full')).toMatchObject({ code: 'storage-full', status: 507 });
    expect(await post('{"b":1}')).toMatchObject({ code: 'invalid-input', status: 400 });
    expect(await post('{"b":')).toMatchObject({ code: 'invalid-input', status: 400 });
    expect(await post('{"__proto__":{"x":1}}')).toMatchObject({ code: 'invalid-input', status: 400 });
    expect(await post(JSON.stringify({ a: 'x'.repeat(200) }))).toMatchObject({ code: 'too-large', status: 413 });
    expect(await post('a', 'text/plain')).toMatchObject({ code: 'unsupported-media-type', status: 415 });
    expect(await get('/%zz')).toMatchObject({ code: 'invalid-input', status: 400 });

    const bug = await get('/bug');
    expect(bug).toMatchObject({ code: 'internal', status: 500 });
    expect(JSON.stringify(bug)).not.toContain('hunter2');
    const logged = lines.find((line) => line['code'] === 'internal');
    expect(logged).toMatchObject({ level: 50, path: '/bug', reqId: bug.requestId });
    expect(JSON.stringify(logged?.['err'])).toContain('hunter2');
    expect(lines.find((line) => line['code'] === 'upload-locked')).not.toHaveProperty('err');
  });

  test('of any kind become a problem', () => {
    gateway = { app: { close: async () => {} } as never, lines: [] };
    expect(toProblem('text')).toMatchObject({ code: 'internal', status: 500 });
    expect(toProblem(undefined)).toMatchObject({ code: 'internal' });
    expect(toProblem(Object.assign(new Error('no'), { statusCode: 418 }))).toMatchObject({ code: 'invalid-input', detail: 'no' });
  });
});

describe('request ids', () => {
  test('are taken over when decent, and always given back', async () => {
    gateway = await testGateway();
    const idOf = async (id?: string) =>
      (await gateway.app.inject({ url: '/healthz', headers: id === undefined ? {} : { 'x-request-id': id } })).headers['x-request-id'];
    expect(await idOf('edge-1.42')).toBe('edge-1.42');
    expect(await idOf('forged\tline')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idOf()).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('health', () => {
  test('readyz says why not', async () => {
    let reason: string | null = 'the database does not answer';
    gateway = await testGateway({ ready: async () => reason });
    expect((await gateway.app.inject('/healthz')).json()).toEqual({ status: 'ok', name: 'test', version: '0.0.0' });
    const notYet = await gateway.app.inject('/readyz');
    expect(notYet.statusCode).toBe(503);
    expect(notYet.json()).toMatchObject({ code: 'not-ready', detail: 'the database does not answer' });
    reason = null;
    expect((await gateway.app.inject('/readyz')).statusCode).toBe(200);
  });

  test('metrics want the token and count by route template', async () => {
    gateway = await testGateway();
    gateway.app.get('/files/:space/*', open, async () => 'x');
    await gateway.app.inject({ url: '/files/demo/a', headers: bearer });
    await gateway.app.inject({ url: '/files/demo/b', headers: bearer });
    expect((await gateway.app.inject('/metrics')).statusCode).toBe(401);
    const { body } = await gateway.app.inject({ url: '/metrics', headers: bearer });
    expect(body).toContain('jzse_http_request_seconds_count{service="test",method="GET",route="/files/:space/*",status="200"} 2');
    expect(body).toContain('process_cpu_user_seconds_total');
  });
});

describe('headers of a page', () => {
  test('allow what it serves itself and what React and Mantine need, no more', async () => {
    gateway = await testGateway();
    const { headers } = await gateway.app.inject('/healthz');
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("style-src 'self' 'unsafe-inline'");
    expect(policy).toContain("img-src 'self' blob: data:");
    expect(policy).not.toContain('upgrade-insecure-requests');
    expect(headers['strict-transport-security']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('no-referrer');
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['cross-origin-opener-policy']).toBe('same-origin');
    expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    expect(headers['permissions-policy']).toContain('camera=()');
  });
});

describe('the log', () => {
  test('never holds tokens, cookies or queries', async () => {
    gateway = await testGateway();
    const { app, lines } = gateway;
    app.get('/echo', open, async (request) => {
      request.log.info({ req: request }, 'seen');
      throw new Error('bug');
    });
    const cookie =
      String((await app.inject({ method: 'POST', url: '/session', payload: { token } })).headers['set-cookie']).split(';')[0] ?? '';
    await app.inject({ url: `/echo?token=${token}`, headers: bearer });
    await app.inject({ url: `/nowhere?token=${token}`, headers: { cookie } });
    await app.inject({ url: '/echo', headers: { cookie } });
    const text = JSON.stringify(lines);
    expect(lines.some((line) => line['msg'] === 'seen')).toBe(true);
    expect(text).not.toContain(token);
    expect(text).not.toContain(cookie.split('=')[1]);
  });
});
