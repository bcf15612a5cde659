import { dotKey } from '@jzse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WritingRegion } from './writing-region.ts';
import {
  bearer,
  bytesOf,
  chunksOf,
  codeOf,
  contentAt,
  entryAt,
  openWritingRegion,
  sendRaw,
  sha256,
  space,
  temporaryFolder,
} from './writing-region.ts';

const temporary = temporaryFolder();
let region: WritingRegion;
beforeAll(async () => {
  region = await openWritingRegion({ folder: temporary.folder });
});
afterAll(async () => {
  await region.close();
  temporary.remove();
});

const put = (path: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  fetch(`${region.url}/files/${path}`, { method: 'PUT', headers: { ...bearer, ...headers }, body: Buffer.from(body) });
const digest = (bytes: Uint8Array): string => `sha-256=:${Buffer.from(sha256(bytes), 'hex').toString('base64')}:`;

describe('PUT', () => {
  test('makes the folders above, and answers what the file became', async () => {
    const response = await put('demo/plans/2026/r%C3%A9port%20a.pdf', 'hello', {
      'content-type': 'application/pdf',
      'x-jzse-modified-ms': '1700',
    });
    expect(response.status).toBe(201);
    const entry = await entryAt(region, '/plans/2026/réport a.pdf');
    const [head] = entry?.heads ?? [];
    expect(head?.facts).toEqual({ mediaType: 'application/pdf', modifiedMs: 1700 });
    expect(response.headers.get('etag')).toBe(`"${dotKey(head!.dot)}"`);
    expect(response.headers.get('location')).toBe('/files/demo/plans/2026/r%C3%A9port%20a.pdf');
    expect((await contentAt(region, '/plans/2026/réport a.pdf'))?.toString()).toBe('hello');
    expect(region.committed.at(-1)?.operations.map((operation) => operation.type)).toEqual(['create', 'create', 'create']);
  });

  test.each([0, 1, 65_536, 131_072, 131_073, 600_000, 5_000_000, 23_456_789])('takes %i bytes, cut where the core says', async (length) => {
    const bytes = bytesOf(length, length + 1);
    expect((await put(`demo/sizes/${length}`, bytes, { 'repr-digest': digest(bytes) })).status).toBe(201);
    expect((await contentAt(region, `/sizes/${length}`))?.equals(bytes)).toBe(true);
    const content = (await entryAt(region, `/sizes/${length}`))!.heads[0]!.content;
    expect(await region.store.chunksOf(content)).toEqual(chunksOf(bytes));
    expect(await region.store.isHeld(content.hash)).toBe(true);
  });

  test('takes a body without a length', async () => {
    const bytes = bytesOf(9_000_000, 77);
    const body = new ReadableStream({
      start(controller) {
        for (let at = 0; at < bytes.length; at += 1_000_001) controller.enqueue(bytes.subarray(at, at + 1_000_001));
        controller.close();
      },
    });
    const init = { method: 'PUT', headers: bearer, body, duplex: 'half' };
    expect((await fetch(`${region.url}/files/demo/streamed`, init)).status).toBe(201);
    expect((await contentAt(region, '/streamed'))?.equals(bytes)).toBe(true);
  });

  test('writes again: 204 and a new version; the same bytes make none', async () => {
    const first = await put('demo/again', 'one');
    const second = await put('demo/again', 'two');
    const third = await put('demo/again', 'two');
    expect([first.status, second.status, third.status]).toEqual([201, 204, 204]);
    expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'));
    expect(third.headers.get('etag')).toBe(second.headers.get('etag'));
    const entry = await entryAt(region, '/again');
    expect((await region.store.listVersions(space, entry!.id, { after: null, limit: 9 })).items).toHaveLength(2);
  });

  test('a name is one name in any case', async () => {
    await put('demo/Case/File.txt', 'one');
    const response = await put('demo/CASE/file.TXT', 'two');
    expect(response.status).toBe(204);
    expect(response.headers.get('location')).toBe('/files/demo/Case/File.txt');
  });

  test('[SY2] heeds If-Match and If-None-Match', async () => {
    const etag = (await put('demo/conditional', 'one', { 'if-none-match': '*' })).headers.get('etag') ?? '';
    expect((await put('demo/conditional', 'x', { 'if-none-match': '*' })).status).toBe(412);
    expect((await put('demo/conditional', 'x', { 'if-match': '"beijing:1/99999"' })).status).toBe(412);
    expect((await put('demo/conditional', 'x', { 'if-match': `W/${etag}` })).status).toBe(412);
    expect((await put('demo/nothing-here', 'x', { 'if-match': '*' })).status).toBe(412);
    expect((await contentAt(region, '/conditional'))?.toString()).toBe('one');
    expect((await put('demo/conditional', 'two', { 'if-match': `"other", ${etag}` })).status).toBe(204);
    expect((await put('demo/conditional', 'three', { 'if-match': etag })).status).toBe(412);
  });

  test('verifies a digest; a wrong one leaves nothing', async () => {
    for (const header of ['repr-digest', 'content-digest']) {
      const response = await put('demo/digest', 'hello', { [header]: digest(Buffer.from('hullo')) });
      expect(response.status).toBe(460);
      expect(await codeOf(response)).toBe('checksum-mismatch');
    }
    expect(await entryAt(region, '/digest')).toBeNull();
    expect((await put('demo/digest', 'hello', { 'repr-digest': 'sha-256=:nonsense:' })).status).toBe(400);
    expect((await put('demo/digest', 'hello', { 'repr-digest': `md5=:abc:, ${digest(Buffer.from('hello'))}` })).status).toBe(201);
  });

  test('a folder and a file keep out of each other’s way', async () => {
    await put('demo/folder/file', 'x');
    const refusals = await Promise.all([put('demo/folder', 'x'), put('demo/folder/', 'x'), put('demo/', 'x'), put('demo', 'x')]);
    expect(await Promise.all(refusals.map(codeOf))).toEqual(Array(4).fill('is-a-folder'));
    expect(await codeOf(await put('demo/folder/file/below', 'x'))).toBe('not-a-folder');
  });

  test('refuses a space that is not there', async () => {
    expect(await codeOf(await put('nowhere/file', 'x'))).toBe('unknown-space');
    expect(await codeOf(await put('No%20Space/file', 'x'))).toBe('unknown-space');
    expect((await put('nowhere/file', 'x')).status).toBe(404);
  });
});

describe('names that cannot be stored', () => {
  const request = (target: string | Buffer): Buffer =>
    Buffer.concat([
      Buffer.from('PUT '),
      Buffer.from(target),
      Buffer.from(` HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\nContent-Length: 1\r\n\r\nx`),
    ]);
  test.each([
    ['climbing', '/files/demo/../secret'],
    ['climbing, encoded', '/files/demo/%2e%2e/secret'],
    ['climbing at the end', '/files/demo/a/..'],
    ['a dot', '/files/demo/./a'],
    ['an encoded slash', '/files/demo/a%2Fb'],
    ['an encoded slash that climbs', '/files/demo/..%2f..%2fetc'],
    ['a backslash', '/files/demo/a\\b'],
    ['an encoded backslash', '/files/demo/a%5Cb'],
    ['NUL', '/files/demo/a%00b'],
    ['a control character', '/files/demo/a%0Ab'],
    ['an empty name', '/files/demo/a//b'],
    ['not UTF-8', '/files/demo/%ff%fe'],
    ['not UTF-8, plain bytes', Buffer.from('/files/demo/\xff\xfe', 'latin1')],
    ['a surrogate', '/files/demo/%ed%a0%80'],
    ['too long a name', `/files/demo/${'a'.repeat(256)}`],
    ['too long a path', `/files/demo/${'abcdefg/'.repeat(520)}x`],
    ['half an encoding', '/files/demo/%4'],
    ['plain bytes that are not ASCII', Buffer.from('/files/demo/é')],
  ])('%s', async (_, target) => {
    const answer = await sendRaw(region.port, request(target));
    expect(answer?.status).toBe(400);
    expect(answer?.head).toContain('application/problem+json');
  });
});

describe('bodies that are not what was announced', () => {
  const head = (length: number): string =>
    `PUT /files/demo/announced HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\nContent-Length: ${length}\r\n\r\n`;

  test('a shorter one is not there afterwards', async () => {
    await sendRaw(region.port, `${head(100)}short`, { end: true });
    await put('demo/after', 'x');
    expect(await entryAt(region, '/announced')).toBeNull();
  });

  test('a longer one is refused and is not there afterwards', async () => {
    expect((await sendRaw(region.port, `${head(5)}longer than that`))?.status).toBe(400);
    await put('demo/after', 'x');
    expect(await entryAt(region, '/announced')).toBeNull();
  });

  test('a body in pieces that is cut off is not there afterwards', async () => {
    const start = `PUT /files/demo/pieces HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer.authorization}\r\nTransfer-Encoding: chunked\r\n\r\n`;
    await sendRaw(region.port, `${start}5\r\nhello\r\n`, { end: true });
    await put('demo/after', 'x');
    expect(await entryAt(region, '/pieces')).toBeNull();
  });
});

describe('DELETE', () => {
  const remove = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${region.url}/files/${path}`, { method: 'DELETE', headers: { ...bearer, ...headers } });

  test('removes a file at the version that was named, and a folder with what is below', async () => {
    const etag = (await put('demo/bin/a/file', 'x')).headers.get('etag') ?? '';
    expect((await remove('demo/bin/a/file', { 'if-match': '"beijing:1/99999"' })).status).toBe(412);
    expect((await remove('demo/bin/a/file', { 'if-match': etag })).status).toBe(204);
    expect(await entryAt(region, '/bin/a/file')).toBeNull();
    expect((await remove('demo/bin')).status).toBe(204);
    expect(await entryAt(region, '/bin/a')).toBeNull();
    expect(await codeOf(await remove('demo/bin'))).toBe('unknown-path');
  });

  test('refuses the top of a space', async () => {
    expect((await remove('demo/')).status).toBe(400);
  });
});

test('concurrent writes of one path are one after another: each answered version is in its history', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => put('demo/busy', `content ${at}`)));
  const versions = answers.map((answer) => answer.headers.get('etag')?.replaceAll('"', ''));
  expect(new Set(versions).size).toBe(40);
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  const entry = await entryAt(region, '/busy');
  expect(entry?.heads).toHaveLength(1);
  const history = await region.store.listVersions(space, entry!.id, { after: null, limit: 100 });
  expect(history.items.map((version) => dotKey(version.dot)).sort()).toEqual(versions.sort());
});

test('of concurrent writes to one version, one wins', async () => {
  const etag = (await put('demo/race', 'start')).headers.get('etag') ?? '';
  const answers = await Promise.all(Array.from({ length: 10 }, (_, at) => put('demo/race', `${at}`, { 'if-match': etag })));
  expect(answers.map((answer) => answer.status).sort()).toEqual([204, ...Array(9).fill(412)]);
});

test('a region that the hub does not know yet says so', async () => {
  const other = temporaryFolder();
  const fresh = await openWritingRegion({ folder: other.folder, isRegistered: false });
  const response = await fetch(`${fresh.url}/files/demo/x`, { method: 'PUT', headers: bearer, body: 'x' });
  expect([response.status, await codeOf(response)]).toEqual([503, 'not-ready']);
  await fresh.close();
  other.remove();
});
