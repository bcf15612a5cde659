import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { GatewayOptions } from '../src/index.ts';
import { type RawConnection, rawConnection } from './raw-http.ts';
import { bearer, type TestGateway, testGateway, token } from './test-gateway.ts';

const open = { config: { access: { who: 'anyone' } } } as const;
const closed = { config: { access: { who: 'signed-in' } } } as const;
const eventually = (read: () => unknown) => expect.poll(read, { timeout: 20_000 });
const authorization = `authorization: Bearer ${token}\r\n`;

let gateway: TestGateway;
let url: string;
let connections: RawConnection[] = [];
afterEach(async () => {
  for (const { socket } of connections.splice(0)) socket.destroy();
  await gateway.app.close();
});

const listen = async (options: Partial<GatewayOptions>): Promise<void> => {
  connections = [];
  gateway = await testGateway(options);
  gateway.app.get('/open', open, async () => 'open');
  gateway.app.get('/closed', closed, async () => 'closed');
  gateway.app.post('/json', closed, async ({ body }) => JSON.stringify(body).length);
  gateway.app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    scope.put('/stream', { ...closed, bodyLimit: Number.MAX_SAFE_INTEGER }, async ({ body }) => {
      let bytes = 0;
      for await (const chunk of body as Readable) bytes += (chunk as Buffer).length;
      return { bytes };
    });
    scope.put('/unread', { ...closed, bodyLimit: Number.MAX_SAFE_INTEGER }, async ({ raw }) => {
      raw.pause();
      await sleep(1_500);
      let bytes = 0;
      for await (const chunk of raw) bytes += (chunk as Buffer).length;
      return { bytes };
    });
    scope.get('/endless', closed, async (_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200);
      const more = (): void => {
        while (!reply.raw.destroyed && reply.raw.write(Buffer.alloc(65_536)));
      };
      reply.raw.on('drain', more);
      more();
    });
  });
  url = await gateway.app.listen({ host: '127.0.0.1', port: 0 });
};
const dial = async (): Promise<RawConnection> => {
  const connection = await rawConnection(url);
  connections.push(connection);
  return connection;
};

describe('a slow client', () => {
  test('that never ends its headers is cut, however it trickles', async () => {
    await listen({ headersTimeoutMs: 300 });
    const silent = await dial();
    const slow = await dial();
    slow.send('GET /open HTTP/1.1\r\nhost: x\r\n');
    const trickle = setInterval(() => slow.send('x-a: b\r\n'), 50);
    expect(await slow.closed()).toMatch(/^HTTP\/1.1 408 /);
    clearInterval(trickle);
    expect(await silent.closed()).toMatch(/^(HTTP\/1.1 408 [\s\S]*)?$/);
    expect((await fetch(`${url}/open`)).status).toBe(200);
  });

  test('that trickles a body which is read whole is cut; an upload that goes on is not, and one that stops is', async () => {
    await listen({ clients: { parsedBodyMs: 300, parsedBytesPerS: 1_000_000, bodyIdleMs: 600, lookEveryMs: 50 } });
    const head = (path: string, length: number): string =>
      `${path} HTTP/1.1\r\nhost: x\r\n${authorization}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
    const json = await dial();
    json.send(head('POST /json', 1_000));
    const trickleJson = setInterval(() => json.send(' '), 50);
    expect(await json.closed()).toBe('');
    clearInterval(trickleJson);

    const upload = await dial();
    upload.send(head('PUT /stream', 20));
    for (let sent = 0; sent < 20; sent++) {
      await sleep(60);
      upload.send('x');
    }
    await eventually(() => upload.text()).toContain('{"bytes":20}');

    const stopped = await dial();
    stopped.send(`${head('PUT /stream', 20)}xxxx`);
    expect(await stopped.closed()).toBe('');
    // A connection that waits for its next request is not slow.
    upload.send(`GET /closed HTTP/1.1\r\nhost: x\r\n${authorization}\r\n`);
    await eventually(() => upload.text()).toMatch(/closed$/);
  });

  test('is not who waits for us', async () => {
    await listen({ clients: { bodyIdleMs: 300, lookEveryMs: 50 } });
    const answer = await fetch(`${url}/unread`, { method: 'PUT', headers: bearer, body: Buffer.alloc(2_000_000) });
    expect(await answer.json()).toEqual({ bytes: 2_000_000 });
  });

  test('that does not take its answer is cut', async () => {
    await listen({ clients: { answerIdleMs: 300, lookEveryMs: 50 } });
    const reader = await dial();
    reader.socket.pause();
    reader.send(`GET /endless HTTP/1.1\r\nhost: x\r\n${authorization}\r\n`);
    await eventually(async () => (await connectionCount()) <= 1).toBe(true);
  });
});

const connectionCount = (): Promise<number> =>
  new Promise((resolve, reject) => gateway.app.server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))));

describe('connections', () => {
  test('of strangers from one address are bounded, of known callers are not', async () => {
    await listen({ clients: { strangerConnectionsMax: 3 } });
    const first = await dial();
    const others = [await dial(), await dial()];
    expect(await (await dial()).closed()).toBe('');
    first.send(`GET /closed HTTP/1.1\r\nhost: x\r\n${authorization}\r\n`);
    await eventually(() => first.text()).toMatch(/closed$/);
    const next = await dial();
    next.send('GET /open HTTP/1.1\r\nhost: x\r\n\r\n');
    await eventually(() => next.text()).toMatch(/open$/);
    expect(await (await dial()).closed()).toBe('');
    others[0]?.socket.destroy();
    await eventually(async () => {
      const again = await dial();
      again.send('GET /open HTTP/1.1\r\nhost: x\r\n\r\n');
      await sleep(100);
      return again.text();
    }).toMatch(/open$/);
  });

  test('in all are bounded', async () => {
    await listen({ clients: { connectionsMax: 2 } });
    await dial();
    await dial();
    await eventually(connectionCount).toBe(2);
    expect(await (await dial()).closed()).toBe('');
  });
});

describe('too much at once', () => {
  test('1 MiB of headers is refused with 431', async () => {
    await listen({});
    const connection = await dial();
    connection.send(`GET /open HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(1024 * 1024)}\r\n\r\n`);
    expect(await connection.closed()).toMatch(/^HTTP\/1.1 431 [\s\S]*"code":"too-large"/);
    const many = await dial();
    many.send(`GET /open HTTP/1.1\r\nhost: x\r\n${'x-a: b\r\n'.repeat(130_000)}\r\n`);
    expect(await many.closed()).toMatch(/^HTTP\/1.1 431 /);
  });

  test('a body is asked for only when its request is let in', async () => {
    await listen({});
    const connection = await dial();
    connection.send(`PUT /stream HTTP/1.1\r\nhost: x\r\n${authorization}expect: 100-continue\r\ncontent-length: 5\r\n\r\n`);
    await eventually(() => connection.text()).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\n/);
    connection.send('12345');
    await eventually(() => connection.text()).toContain('{"bytes":5}');
  });
});

describe('names', () => {
  test('that the server does not have are refused, if it has any; probes may use any', async () => {
    await listen({ allowedHosts: ['files.example', '[::1]'] });
    const as = async (host: string, path = '/open') => (await gateway.app.inject({ url: path, headers: { host } })).statusCode;
    expect(await as('files.example')).toBe(200);
    expect(await as('FILES.example:7400')).toBe(200);
    expect(await as('[::1]:7400')).toBe(200);
    expect(await as('evil.example')).toBe(403);
    expect(await as('files.example.evil.example')).toBe(403);
    expect(await as('files.example@evil.example')).toBe(403);
    expect(await as('10.0.0.1', '/readyz')).toBe(200);
  });

  test('do not find their way into answers', async () => {
    await listen({ corsOrigins: ['https://files.example'] });
    const headers = { ...bearer, host: 'evil.example', 'x-forwarded-host': 'worse.example', origin: 'https://evil.example' };
    for (const path of ['/open', '/closed', '/nowhere', '//evil.example/..', '/readyz']) {
      const answer = await gateway.app.inject({ url: path, headers });
      expect(JSON.stringify(answer.headers)).not.toMatch(/evil|worse/);
      expect(answer.statusCode).not.toBe(302);
    }
    for (const origin of ['null', 'https://files.example.evil.example', 'http://files.example', 'https://FILES.example']) {
      const { headers: answered } = await gateway.app.inject({ url: '/closed', headers: { ...bearer, origin } });
      expect(answered['access-control-allow-origin'], origin).toBeUndefined();
    }
  });
});
