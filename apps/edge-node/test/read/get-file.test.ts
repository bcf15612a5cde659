import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listVersions } from '../../src/read/list-versions.ts';
import { resolveEntry } from '../../src/read/resolve-path.ts';
import { cutContent, openReadingRegion, type ReadingRegion, space, token } from './reading-region.ts';

const sizes = [70_000, 1, 130_000, 65_536, 9_999];
const big = cutContent(randomBytes(900_000), sizes);
const hello = cutContent(Buffer.from('hello, region'), [100]);
const empty = cutContent(Buffer.alloc(0), [1]);

let region: ReadingRegion;
beforeAll(async () => {
  region = await openReadingRegion();
  for (const content of [big, hello]) await region.putChunks(content);
  await region.createFile('big.bin', big);
  await region.createFile('hello.txt', hello);
  await region.createFile('empty', empty);
});
afterAll(() => region.close());

const body = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());
const ranged = (range: string, path = '/files/demo/big.bin') => region.get(path, { headers: { range } });

describe('a whole file', () => {
  test('comes with its version, its digest and its length', async () => {
    const response = await region.get('/files/demo/big.bin');
    expect(response.status).toBe(200);
    expect((await body(response)).equals(big.bytes)).toBe(true);
    expect(response.headers.get('etag')).toBe('"beijing:1/1"');
    expect(response.headers.get('content-length')).toBe('900000');
    expect(response.headers.get('accept-ranges')).toBe('bytes');
    const digest = createHash('sha256').update(big.bytes).digest('base64');
    expect(response.headers.get('repr-digest')).toBe(`sha-256=:${digest}:`);
    expect(Date.parse(response.headers.get('last-modified') ?? '')).toBeGreaterThan(Date.now() - 60_000);
  });

  test('HEAD answers the same headers and no bytes', async () => {
    const [head, get] = [await region.get('/files/demo/big.bin', { method: 'HEAD' }), await region.get('/files/demo/big.bin')];
    expect(head.status).toBe(200);
    expect((await body(head)).length).toBe(0);
    await body(get);
    for (const name of ['content-length', 'etag', 'repr-digest', 'content-type', 'last-modified', 'accept-ranges']) {
      expect(head.headers.get(name)).toBe(get.headers.get(name));
    }
    const ignored = await region.get('/files/demo/big.bin', { method: 'HEAD', headers: { range: 'bytes=0-1' } });
    expect([ignored.status, ignored.headers.get('content-length')]).toEqual([200, '900000']);
  });

  test('may be empty', async () => {
    const response = await region.get('/files/demo/empty');
    expect([response.status, response.headers.get('content-length'), (await body(response)).length]).toEqual([200, '0', 0]);
    expect((await ranged('bytes=0-', '/files/demo/empty')).status).toBe(416);
  });

  test('is refused without the token', async () => {
    const response = await fetch(`http://127.0.0.1:${region.port}/files/demo/hello.txt`);
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'unauthenticated' }]);
  });
});

describe('ranges', () => {
  test('any range is the same slice of the file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(900_100), fc.nat(900_100), async (left, right) => {
        const [start, end] = [Math.min(left, right), Math.max(left, right)];
        const response = await ranged(`bytes=${start}-${end}`);
        if (start >= 900_000) {
          expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */900000']);
          return;
        }
        const last = Math.min(end, 899_999);
        expect([response.status, response.headers.get('content-range')]).toEqual([206, `bytes ${start}-${last}/900000`]);
        const bytes = await body(response);
        expect(response.headers.get('content-length')).toBe(String(last - start + 1));
        expect(bytes.equals(big.bytes.subarray(start, last + 1))).toBe(true);
      }),
      {
        numRuns: 60,
        examples: [
          [0, 0],
          [69_999, 70_000],
          [70_000, 70_000],
          [0, 899_999],
          [899_999, 899_999],
        ],
      },
    );
  });

  test.each([
    ['bytes=-100', 899_900, 900_000],
    ['bytes=899990-', 899_990, 900_000],
    ['bytes=0-9,5-20', 0, 21],
    ['BYTES=0-9', 0, 10],
  ])('%s is one range', async (range, start, end) => {
    const response = await ranged(range);
    expect(response.status).toBe(206);
    expect((await body(response)).equals(big.bytes.subarray(start, end))).toBe(true);
  });

  test.each([
    'lines=0-9',
    'bytes=9-0',
    'bytes=a-b',
    'bytes=',
    'nonsense',
    `bytes=${Array.from({ length: 33 }, (_, at) => `${at * 10}-${at * 10}`).join(',')}`,
  ])('%s is ignored', async (range) => {
    const response = await ranged(range, '/files/demo/big.bin');
    expect(response.status).toBe(200);
    expect((await body(response)).length).toBe(900_000);
  });

  test.each(['bytes=900000-', 'bytes=-0', 'bytes=900000-900001,1000000-'])('%s cannot be satisfied', async (range) => {
    const response = await ranged(range);
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */900000']);
    expect(await response.json()).toMatchObject({ code: 'range-not-satisfiable', data: { size: 900_000 } });
  });

  test('several ranges come as parts', async () => {
    const asked = [
      [10, 20],
      [70_000, 270_000],
      [899_000, 899_999],
    ] as const;
    const response = await ranged(`bytes=${asked.map(([start, end]) => `${start}-${end}`).join(', ')}`);
    expect(response.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(response.headers.get('content-type') ?? '')?.[1] ?? '';
    const expected = asked.flatMap(([start, end]) => [
      Buffer.from(`\r\n--${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: bytes ${start}-${end}/900000\r\n\r\n`),
      big.bytes.subarray(start, end + 1),
    ]);
    const bytes = await body(response);
    expect(bytes.equals(Buffer.concat([...expected, Buffer.from(`\r\n--${boundary}--\r\n`)]))).toBe(true);
    expect(response.headers.get('content-length')).toBe(String(bytes.length));
  });
});

describe('conditions', () => {
  const etag = '"beijing:1/1"';
  const past = 'Mon, 01 Jan 2001 00:00:00 GMT';
  const future = 'Fri, 01 Jan 2100 00:00:00 GMT';
  test.each([
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `"other", W/${etag}` }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': future }, 200],
    [{ 'if-modified-since': future }, 304],
    [{ 'if-modified-since': past }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-match': etag }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': `W/${etag}` }, 412],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-match': '"other"', 'if-none-match': etag }, 412],
    [{ 'if-match': etag, 'if-unmodified-since': past }, 200],
    [{ 'if-unmodified-since': past }, 412],
    [{ 'if-unmodified-since': future }, 200],
    [{ 'if-range': etag, range: 'bytes=0-0' }, 206],
    [{ 'if-range': '"other"', range: 'bytes=0-0' }, 200],
    [{ 'if-range': `W/${etag}`, range: 'bytes=0-0' }, 200],
    [{ 'if-range': past, range: 'bytes=0-0' }, 200],
    [{ 'if-none-match': etag, range: 'bytes=0-0' }, 304],
    [{ 'if-match': '"other"', range: 'bytes=2000000-' }, 412],
  ])('%j answers %d', async (headers, status) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await region.get('/files/demo/big.bin', { method, headers: headers as Record<string, string> });
      expect(response.status).toBe(method === 'HEAD' && status === 206 ? 200 : status);
      const bytes = await body(response);
      if (status === 304) expect([response.headers.get('etag'), bytes.length]).toEqual([etag, 0]);
    }
  });
});

describe('what a browser is told', () => {
  test.each([
    { name: 'page.html', said: null, type: 'text/html; charset=utf-8', isSandboxed: true },
    { name: 'drawing.svg', said: null, type: 'image/svg+xml', isSandboxed: true },
    { name: 'feed.xml', said: null, type: 'application/xml', isSandboxed: true },
    { name: 'photo.JPG', said: null, type: 'image/jpeg', isSandboxed: false },
    { name: 'notes.md', said: null, type: 'text/markdown; charset=utf-8', isSandboxed: false },
    { name: 'no-extension', said: null, type: 'application/octet-stream', isSandboxed: false },
    { name: '.hidden', said: null, type: 'application/octet-stream', isSandboxed: false },
    { name: 'said.bin', said: 'text/HTML', type: 'text/HTML; charset=utf-8', isSandboxed: true },
    { name: 'strange.txt', said: 'text/html\r\nset-cookie: a=b', type: 'text/plain; charset=utf-8', isSandboxed: false },
    { name: 'said.txt', said: 'text/plain;charset=gb18030', type: 'text/plain;charset=gb18030', isSandboxed: false },
  ])('$name is $type', async ({ name, said: mediaType, type, isSandboxed }) => {
    await region.createFile(name, hello, { facts: { mediaType, modifiedMs: null } });
    const response = await region.get(`/files/demo/${name}`);
    await body(response);
    expect(response.headers.get('content-type')).toBe(type);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy') === 'sandbox').toBe(isSandboxed);
  });

  test('a download has its real name', async () => {
    await region.createFile('报告 "终稿".txt', hello);
    const path = `/files/demo/${encodeURIComponent('报告 "终稿".txt')}`;
    const response = await region.get(`${path}?download`);
    expect(await response.text()).toBe('hello, region');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="__ ____.txt"; filename*=UTF-8''%E6%8A%A5%E5%91%8A%20%22%E7%BB%88%E7%A8%BF%22.txt`,
    );
    const shown = await region.get('/files/demo/hello.txt');
    await body(shown);
    expect(shown.headers.get('content-disposition')).toBe('inline; filename="hello.txt"');
  });
});

describe('versions', () => {
  test('every version of a file can be read, of another file none', async () => {
    const [second, third] = [cutContent(Buffer.from('second'), [100]), cutContent(randomBytes(200_000), [100_000])];
    const id = await region.createFile('versioned.txt', hello);
    for (const content of [second, third]) {
      await region.putChunks(content);
      await region.writeFile(id, content);
    }
    const shown = await region.get('/files/demo/versioned.txt');
    expect((await body(shown)).equals(third.bytes)).toBe(true);
    const entry = await resolveEntry(region.deps, { space, names: ['versioned.txt'] });
    const { versions } = await listVersions(region.deps, { space, entry }, { after: null, limit: 10 });
    expect(versions.map((version) => [version.size, version.current, version.held])).toEqual([
      [200_000, true, true],
      [6, false, true],
      [13, false, true],
    ]);
    for (const [at, content] of [third, second, hello].entries()) {
      const response = await region.get(`/files/demo/versioned.txt?version=${encodeURIComponent(versions[at]?.version ?? '')}`);
      expect((await body(response)).equals(content.bytes)).toBe(true);
      expect(response.headers.get('etag')).toBe(`"${versions[at]?.version}"`);
    }
    for (const version of ['beijing:1/1', 'shanghai:1/1', 'nonsense', '']) {
      const response = await region.get(`/files/demo/versioned.txt?version=${version}`);
      expect([response.status, await response.json()]).toMatchObject([404, { code: 'unknown-version' }]);
    }
  });
});

describe('addresses', () => {
  /** As it stands, without a client that tidies the address first. */
  const raw = (path: string) =>
    new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: region.port, path, headers: { authorization: `Bearer ${token}` } }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString() }));
      });
      asked.on('error', reject).end();
    });

  test.each([
    '/files/demo/../demo/hello.txt',
    '/files/demo/%2e%2e/hello.txt',
    '/files/demo/a%2Fhello.txt',
    '/files/demo/a%5chello.txt',
    '/files/demo/a\\hello.txt',
    '/files/demo/hello%00.txt',
    '/files/demo//hello.txt',
    '/files/demo/./hello.txt',
    `/files/demo/${'a'.repeat(256)}`,
  ])('%s is refused', async (path) => {
    const answer = await raw(path);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'invalid-name' });
  });

  // The router refuses these before a handler sees them, in its own words.
  test.each(['/files/demo/%c0%af', '/files/demo/%ff', '/files/demo/%zz', '/files/demo/100%'])('%s is refused', async (path) => {
    const answer = await raw(path);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.body).code).toMatch(/^invalid-(?:name|input)$/);
  });

  test.each([
    ['/files/demo/absent', 'unknown-path'],
    ['/files/demo/hello.txt/below', 'unknown-path'],
    ['/files/other/hello.txt', 'unknown-space'],
    ['/files/Not%20A%20Space/hello.txt', 'unknown-space'],
  ])('%s is not found: %s', async (path, code) => {
    const answer = await raw(path);
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([404, { code }]);
  });

  test('names are compared by key, percent-encoding and a trailing slash do not matter', async () => {
    for (const path of ['/files/demo/HELLO.TXT', '/files/demo/h%65llo.txt', '/files/demo/hello.txt/']) {
      expect(await raw(path)).toMatchObject({ status: 200, body: 'hello, region' });
    }
  });
});

describe('folders', () => {
  test('are listed page by page, with or without a slash', async () => {
    const folder = await region.createFolder('plans');
    const below = await region.createFolder('b folder', folder);
    await region.createFile('a.txt', hello, { parentId: folder });
    await region.createFile('c.bin', big, { parentId: folder, facts: { mediaType: 'x/y', modifiedMs: 12345 } });
    await region.createFile('deep.txt', hello, { parentId: below });
    const first = (await (await region.get('/files/demo/plans?limit=2')).json()) as { entries: { name: string }[]; next: string };
    expect(first).toMatchObject({
      folder: { kind: 'folder', path: '/plans', name: 'plans', held: true, confirmed: false, version: null },
      entries: [
        { kind: 'file', name: 'a.txt', path: '/plans/a.txt', size: 13, held: true, siblings: 1, hash: hello.content.hash },
        { kind: 'folder', name: 'b folder', path: '/plans/b folder' },
      ],
    });
    const rest = await (await region.get(`/files/demo/plans/?limit=2&after=${encodeURIComponent(first.next)}`)).json();
    expect(rest).toMatchObject({ entries: [{ name: 'c.bin', modifiedMs: 12345, mediaType: 'x/y', author: { user: 'wei' } }], next: null });
    const top = (await (await region.get('/files/demo')).json()) as { folder: unknown; entries: { path: string }[] };
    expect(top.folder).toMatchObject({ path: '/', id: 'root' });
    expect(top.entries.map((entry) => entry.path)).toContain('/plans');
    expect((await (await region.get('/files/demo/')).json()) as unknown).toEqual(top);
    const head = await region.get('/files/demo/plans', { method: 'HEAD' });
    expect([head.status, (await body(head)).length]).toEqual([200, 0]);
  });

  test.each(['0', '1001', 'x', '1.5'])('a limit of %s is refused', async (limit) => {
    const response = await region.get(`/files/demo?limit=${limit}`);
    expect([response.status, await response.json()]).toMatchObject([400, { code: 'invalid-input' }]);
  });
});
