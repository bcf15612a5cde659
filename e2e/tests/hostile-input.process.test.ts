import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EdgeCalls } from '../src/edge-calls.ts';
import { randomBytes, sha256 } from '../src/random-bytes.ts';
import { rawRequest, requestHead } from '../src/raw-request.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { createTusUpload } from '../src/tus-upload.ts';
import { waitFor } from '../src/wait-for.ts';

describe('input that no honest client sends, over real sockets', () => {
  let regions: ThreeRegions;
  let edge: EdgeCalls;
  let authorization: string;

  beforeAll(async () => {
    regions = await startThreeRegions({ regions: ['beijing'] });
    edge = regions.calls('beijing');
    authorization = `Bearer ${regions.token}`;
    await edge.put('/inside.txt', Buffer.from('inside'));
  });
  afterAll(() => regions?.[Symbol.asyncDispose]());

  const wire = (line: string, headers: Record<string, string | number>, body: string | Buffer) =>
    Buffer.concat([requestHead(line, { authorization, ...headers }), Buffer.from(body)]);
  /** `line`: method and target, as they go over the wire. */
  const send = (line: string, headers: Record<string, string | number> = {}, body: string | Buffer = '') =>
    rawRequest(edge.url, wire(line, headers, body));
  const sendAndHangUp = (line: string, headers: Record<string, string | number>, body: string | Buffer) =>
    rawRequest(edge.url, wire(line, headers, body), { thenHangUp: true });

  const hostilePaths: Record<string, string> = {
    'climbs out': '/files/demo/../../../etc/passwd',
    'climbs out, encoded': '/files/demo/%2e%2e/%2e%2e/etc/passwd',
    'climbs out, encoded twice': '/files/demo/%252e%252e%252f%252e%252e/etc/passwd',
    'climbs out of the space': '/files/demo/../other/file',
    'hides a slash': '/files/demo/a%2f..%2f..%2fb',
    'has a backslash': '/files/demo/a%5c..%5cb',
    'has a NUL': '/files/demo/a%00b',
    'has a control character': '/files/demo/a%0d%0ab',
    'is not UTF-8': '/files/demo/%ff%fe.txt',
    'is UTF-8 that is too long for what it says': '/files/demo/%c0%ae%c0%ae/passwd',
    'is cut inside an escape': '/files/demo/%e4%b',
    'has raw bytes': '/files/demo/\xe4\xb8.txt',
    'is a dot': '/files/demo/a/%2e/b',
    'has a name of 300 bytes': `/files/demo/${'n'.repeat(300)}`,
    'is too long altogether': `/files/demo/${'deep/'.repeat(2500)}end`,
    'names a space that cannot be': '/files/..%2fdemo/a',
    'names no space': '/files/nowhere/a',
  };
  for (const [what, target] of Object.entries(hostilePaths))
    test(`a path that ${what} writes nothing and reads nothing`, async () => {
      const put = await send(`PUT ${target}`, { 'content-length': 4 }, 'evil');
      if (what === 'climbs out, encoded twice') {
        // Decoded once, it is an ordinary if odd name.
        expect(put.status).toBe(201);
        await edge.remove('/%2e%2e%2f%2e%2e');
      } else {
        expect(put.status, put.text).toBeGreaterThanOrEqual(400);
        expect(put.status, put.text).toBeLessThan(500);
      }
      const get = await send(`GET ${target}`);
      expect(get.status, get.text).toBeGreaterThanOrEqual(400);
      expect(get.status, get.text).toBeLessThan(500);
      expect(get.text).not.toContain('root:');
      expect((await edge.tree()).map((entry) => entry.path)).toEqual(['/inside.txt']);
    });

  test('refusals are problems with a code, that say what is wrong', async () => {
    const answer = await send('PUT /files/demo/a%5cb', { 'content-length': 4 }, 'evil');
    expect(answer.text).toContain('application/problem+json');
    expect(answer.text).toContain('"code":"invalid-name"');
    expect((await send('GET /files/nowhere/a')).text).toContain('"code":"unknown-space"');
  });

  test('a body shorter than announced is not a file', async () => {
    await sendAndHangUp('PUT /files/demo/short.bin', { 'content-length': 1000 }, 'x'.repeat(400));
    await sendAndHangUp('PUT /files/demo/short.bin', { 'transfer-encoding': 'chunked' }, '190\r\nfour hundred bytes, it says');
    await expect(edge.stat('/short.bin')).rejects.toThrow();
    expect((await edge.tree()).map((entry) => entry.path)).toEqual(['/inside.txt']);
  });

  test('a body longer than announced is cut where it was announced, and what follows is not taken for a file', async () => {
    const evil = 'helloPUT /files/demo/evil.bin HTTP/1.1\r\n\r\n';
    const taken = await send('PUT /files/demo/long.bin', { 'content-length': 5, connection: 'close' }, evil);
    // The server may hang up on such a sender, and then has not taken the file at all.
    const kept = await edge.get('/long.bin').catch(() => null);
    if (taken.status === 201) expect(kept?.toString()).toBe('hello');
    else expect(kept).toBeNull();
    const both = { 'content-length': 4, 'transfer-encoding': 'chunked' };
    const smuggled = await send('PUT /files/demo/smuggled.bin', both, '0\r\n\r\nGET /files/demo/inside.txt HTTP/1.1\r\n\r\n');
    expect(smuggled.status).toBe(400);
    if (kept !== null) await edge.remove('/long.bin');
    expect((await edge.tree()).map((entry) => entry.path)).toEqual(['/inside.txt']);
  });

  test('an upload takes no more bytes than it was created for, and none at a wrong offset', async () => {
    const bytes = randomBytes('upload', 300_000);
    const upload = await createTusUpload(edge, '/upload.bin', 200_000);
    await expect(upload.append(0, bytes)).rejects.toThrow();
    const offset = await upload.offset();
    expect(offset).toBeLessThanOrEqual(200_000);
    if (offset < 200_000) {
      await expect(upload.append(offset + 1, bytes.subarray(offset + 1, 200_000))).rejects.toMatchObject({ code: 'offset-mismatch' });
      expect(await upload.append(offset, bytes.subarray(offset, 200_000))).toBe(200_000);
      expect(await edge.digest('/upload.bin')).toBe(sha256(bytes.subarray(0, 200_000)));
      await edge.remove('/upload.bin');
    }
  });

  test('a body that ends early leaves the upload at a byte from which it goes on', async () => {
    const bytes = randomBytes('cut upload', 3_000_000);
    const upload = await createTusUpload(edge, '/cut.bin', bytes.length);
    const headers = { 'tus-resumable': '1.0.0', 'upload-offset': 0, 'content-type': 'application/offset+octet-stream' };
    await sendAndHangUp(`PATCH ${upload.location}`, { ...headers, 'content-length': bytes.length }, bytes.subarray(0, 1_000_000));
    const offset = await waitFor({ what: 'the upload is free again' }, () => upload.offset());
    expect(offset).toBeLessThanOrEqual(1_000_000);
    expect(await upload.append(offset, bytes.subarray(offset))).toBe(bytes.length);
    expect(await edge.digest('/cut.bin')).toBe(sha256(bytes));
    await edge.remove('/cut.bin');
  });

  test('two writers of one upload are kept apart', async () => {
    const bytes = randomBytes('two writers', 6_000_000);
    const upload = await createTusUpload(edge, '/two.bin', bytes.length);
    const outcomes = await Promise.allSettled([upload.append(0, bytes), upload.append(0, bytes), upload.append(0, bytes)]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map((outcome) => outcome.reason.code as string);
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled').length).toBeLessThanOrEqual(1);
    for (const code of refused) expect(['upload-locked', 'offset-mismatch', 'unknown-upload']).toContain(code);
    const offset = await upload.offset().catch(() => bytes.length);
    if (offset < bytes.length) await upload.append(offset, bytes.subarray(offset));
    expect(await edge.digest('/two.bin')).toBe(sha256(bytes));
    expect(await edge.history('/two.bin')).toHaveLength(1);
    await edge.remove('/two.bin');
  });

  test('everything but health wants the token', async () => {
    const { hub } = regions;
    const requests: [string, string, string][] = [
      ...['GET', 'HEAD', 'PUT', 'DELETE'].map((method): [string, string, string] => [edge.url, method, '/files/demo/inside.txt']),
      [edge.url, 'GET', '/files/demo'],
      [edge.url, 'POST', '/tus'],
      ...['HEAD', 'PATCH', 'DELETE'].map((method): [string, string, string] => [edge.url, method, '/tus/some-upload']),
      [edge.url, 'POST', '/chunks/read'],
      [edge.url, 'POST', '/chunks/write'],
      ...['list', 'stat', 'history', 'status', 'regions', 'watch'].map((name): [string, string, string] => [
        edge.url,
        'GET',
        `/trpc/${name}`,
      ]),
      ...['makeFolder', 'move', 'remove', 'commitFiles', 'missingChunks'].map((name): [string, string, string] => [
        edge.url,
        'POST',
        `/trpc/${name}`,
      ]),
      [edge.url, 'GET', '/metrics'],
      ...['listSpaces', 'regions', 'status', 'pull', 'wakeUps'].map((name): [string, string, string] => [hub.url, 'GET', `/trpc/${name}`]),
      ...['createSpace', 'register', 'push', 'transfers'].map((name): [string, string, string] => [hub.url, 'POST', `/trpc/${name}`]),
      [hub.url, 'GET', '/metrics'],
    ];
    const strangers = [
      {},
      { authorization: 'Bearer wrong' },
      { authorization: `Basic ${regions.token}` },
      { cookie: 'jzse_session=forged' },
    ];
    for (const [url, method, path] of requests)
      for (const headers of strangers) {
        const json: Record<string, string> = path.startsWith('/trpc/') ? { 'content-type': 'application/json' } : {};
        const answer = await fetch(url + path, { method, headers: { ...json, ...headers } });
        await answer.arrayBuffer();
        expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} 401`);
      }
    for (const url of [edge.url, hub.url]) for (const path of ['/healthz', '/readyz']) expect((await fetch(url + path)).status).toBe(200);
    const wrong = await fetch(`${edge.url}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"token":"wrong"}',
    });
    expect(wrong.status).toBe(401);
    expect((await edge.get('/inside.txt')).toString()).toBe('inside');
  });

  test('a session cookie is as good as the token, and no script can read it', async () => {
    const body = JSON.stringify({ token: regions.token });
    const session = await fetch(`${edge.url}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const cookie = session.headers.get('set-cookie') ?? '';
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    const read = await fetch(`${edge.url}/files/demo/inside.txt`, { headers: { cookie: cookie.split(';')[0] ?? '' } });
    expect(await read.text()).toBe('inside');
  });

  test('1 MiB of headers is refused before anyone reads them', async () => {
    for (const url of [edge.url, regions.hub.url]) {
      const answer = await rawRequest(url, requestHead('GET /healthz', { 'x-long': 'a'.repeat(1024 * 1024) }));
      expect(answer.status).toBe(431);
    }
  });

  test('a JSON bomb is refused, by strangers and by those who may call, and the server goes on', async () => {
    const bombs = ['['.repeat(8_000_000), '{"a":'.repeat(500_000), `[${'{},'.repeat(3_000_000)}{}]`, '{"__proto__":{"isAdmin":true}}'];
    for (const [url, call] of [
      [edge.url, 'makeFolder'],
      [regions.hub.url, 'push'],
    ])
      for (const bomb of bombs)
        for (const caller of [{}, { authorization }] as Record<string, string>[]) {
          const headers = { 'content-type': 'application/json', ...caller };
          const answer = await fetch(`${url}/trpc/${call}`, { method: 'POST', headers, body: bomb });
          await answer.arrayBuffer();
          expect([400, 401, 413]).toContain(answer.status);
          if (caller['authorization'] !== undefined) expect(answer.status).toBe(400);
        }
    expect((await edge.get('/inside.txt')).toString()).toBe('inside');
  });

  test('a page of another origin, or of a name that was made to point here, gets nothing and finds its name nowhere', async () => {
    const body = JSON.stringify({ token: regions.token });
    const session = await fetch(`${edge.url}/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    const evil = { host: 'evil.example', origin: 'http://evil.example', cookie, 'sec-fetch-site': 'cross-site' };
    for (const line of ['DELETE /files/demo/inside.txt', 'PUT /files/demo/evil.txt', 'POST /tus']) {
      const answer = await rawRequest(edge.url, requestHead(line, { ...evil, 'content-length': 0, 'tus-resumable': '1.0.0' }));
      expect(answer.status, line).toBe(403);
      expect(answer.text).not.toContain('evil.example');
    }
    const tricked = { authorization, host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    for (const line of ['GET /', 'GET //evil.example/%2f..', 'GET /files/demo', 'GET /nowhere', 'OPTIONS /tus']) {
      const answer = await rawRequest(edge.url, requestHead(line, { ...tricked, origin: 'http://evil.example' }));
      expect(answer.text.split('\r\n\r\n')[0], line).not.toMatch(/evil\.example|\r\nlocation:|access-control-allow-origin/i);
    }
    expect((await edge.get('/inside.txt')).toString()).toBe('inside');
  });

  test('the token is in no log', () => {
    for (const server of [regions.hub, regions.edge('beijing')]) expect(server.log().includes(regions.token)).toBe(false);
  });
});
