import { createHash } from 'node:crypto';
import { dotKey } from '@jzse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WritingRegion } from './writing-region.ts';
import {
  bearer,
  bytesOf,
  chunksOf,
  codeOf,
  contentAt,
  createUpload,
  entryAt,
  metadata,
  openWritingRegion,
  part,
  patch,
  space,
  temporaryFolder,
  tus,
} from './writing-region.ts';

const temporary = temporaryFolder();
let region: WritingRegion;
let clockMs = 1_000_000;
beforeAll(async () => {
  region = await openWritingRegion({ folder: temporary.folder, nowMs: () => clockMs });
});
afterAll(async () => {
  await region.close();
  temporary.remove();
});

const post = (headers: Record<string, string>, body?: Uint8Array) =>
  fetch(`${region.url}/tus`, {
    method: 'POST',
    headers: { ...tus, ...headers },
    ...(body === undefined ? {} : { body: Buffer.from(body) }),
  });
const head = (address: string) => fetch(address, { method: 'HEAD', headers: tus });
const at = (path: string) => metadata({ space, path });

describe('protocol', () => {
  test('OPTIONS says what there is', async () => {
    const response = await fetch(`${region.url}/tus`, { method: 'OPTIONS', headers: bearer });
    expect(response.status).toBe(204);
    expect(response.headers.get('tus-version')).toBe('1.0.0');
    expect(response.headers.get('tus-extension')).toBe(
      'creation,creation-with-upload,creation-defer-length,termination,checksum,expiration,concatenation',
    );
    expect(response.headers.get('tus-checksum-algorithm')).toBe('sha1,sha256,md5');
    expect(Number(response.headers.get('tus-max-size'))).toBeGreaterThan(1e11);
  });

  test('another version of tus is refused with the one that is spoken', async () => {
    const response = await post({ 'tus-resumable': '0.2.2', 'upload-length': '1', 'upload-metadata': at('/x') });
    expect([response.status, response.headers.get('tus-version'), await codeOf(response)]).toEqual([412, '1.0.0', 'tus-version']);
  });

  test('wants the token', async () => {
    expect((await fetch(`${region.url}/tus`, { method: 'POST', headers: { 'tus-resumable': '1.0.0' } })).status).toBe(401);
  });

  test('one POST and one PATCH make a version, and the answer says which', async () => {
    const bytes = bytesOf(3_000_000, 5);
    const meta = { space, path: '/one/', filename: 'fi le.bin', filetype: 'image/png', modified: '12345' };
    const address = await createUpload(region, { length: bytes.length, meta });
    const before = await head(address);
    expect(before.status).toBe(200);
    expect(before.headers.get('cache-control')).toBe('no-store');
    expect(before.headers.get('tus-resumable')).toBe('1.0.0');
    expect([before.headers.get('upload-offset'), before.headers.get('upload-length')]).toEqual(['0', '3000000']);
    expect(before.headers.get('upload-metadata')).toBe(metadata(meta));
    const response = await patch(address, { offset: 0, body: bytes });
    expect([response.status, response.headers.get('upload-offset')]).toEqual([204, '3000000']);
    const version = (await entryAt(region, '/one/fi le.bin'))!.heads[0]!;
    expect(response.headers.get('etag')).toBe(`"${dotKey(version.dot)}"`);
    expect(response.headers.get('jzse-version')).toBe(dotKey(version.dot));
    expect(response.headers.get('jzse-path')).toBe('/one/fi%20le.bin');
    expect(version.facts).toEqual({ mediaType: 'image/png', modifiedMs: 12_345 });
    expect(await contentAt(region, '/one/fi le.bin')).toEqual(bytes);
    const after = await head(address);
    expect([after.status, after.headers.get('upload-offset')]).toEqual([200, '3000000']);
    expect((await patch(address, { offset: 3_000_000, body: Buffer.alloc(0) })).status).toBe(204);
  });

  test('an empty file is complete when it is created', async () => {
    const response = await post({ 'upload-length': '0', 'upload-metadata': at('/empty') });
    expect([response.status, response.headers.get('upload-offset')]).toEqual([201, '0']);
    expect(await contentAt(region, '/empty')).toEqual(Buffer.alloc(0));
  });

  test('a method in a header counts', async () => {
    const address = await createUpload(region, { length: 2, meta: { space, path: '/override' } });
    const send = (headers: Record<string, string>, body: string) =>
      fetch(address, { method: 'POST', headers: { ...part, ...headers }, body });
    expect((await send({ 'x-http-method-override': 'PATCH', 'upload-offset': '0' }, 'ab')).status).toBe(204);
    expect((await send({}, 'ab')).status).toBe(400);
    expect((await contentAt(region, '/override'))?.toString()).toBe('ab');
  });
});

describe('where an upload goes', () => {
  test.each([
    [{ path: '/a/b.txt' }, '/a/b.txt'],
    [{ filename: 'b.txt' }, '/b.txt'],
    [{ path: '/a/b.txt', filename: 'b.txt' }, '/a/b.txt'],
    [{ path: '/a', filename: 'c.txt' }, '/a/c.txt'],
    [{ path: '/a/', filename: 'c.txt' }, '/a/c.txt'],
    [{ path: '/', filename: 'd.txt' }, '/d.txt'],
    [{ path: '/x.txt/', filename: 'x.txt' }, '/x.txt/x.txt'],
  ])('%j is %s', async (meta, path) => {
    const response = await patch(await createUpload(region, { length: 1, meta: { space, ...meta } }), {
      offset: 0,
      body: Buffer.from('x'),
    });
    expect(response.headers.get('jzse-path')).toBe(path);
  });

  test.each([
    [{ path: '/a' }, 'invalid-input'],
    [{ space, path: '/a/' }, 'invalid-input'],
    [{ space }, 'invalid-input'],
    [{ space: 'nowhere', path: '/a' }, 'unknown-space'],
    [{ space: '../x', path: '/a' }, 'unknown-space'],
    [{ space, path: '/../a' }, 'invalid-name'],
    [{ space, path: '/a\\b' }, 'invalid-name'],
    [{ space, path: '/a\0b' }, 'invalid-name'],
    [{ space, path: '/a', filename: '../b' }, 'invalid-name'],
    [{ space, path: '/a', filename: 'b/c' }, 'invalid-name'],
    [{ space, path: `/${'é'.repeat(128)}` }, 'invalid-name'],
    [{ space, path: `/${'a/'.repeat(2100)}b` }, 'invalid-name'],
    [{ space, path: '/a', base: 'nonsense' }, 'invalid-input'],
    [{ space, path: '/a', modified: 'yesterday' }, 'invalid-input'],
  ])('%j is refused when it is created: %s', async (meta, code) => {
    const response = await post({ 'upload-length': '1', 'upload-metadata': metadata(meta as Record<string, string>) });
    expect(await codeOf(response)).toBe(code);
  });

  test('what is not UTF-8, not base64 or said twice is refused', async () => {
    const raw = (value: string) => post({ 'upload-length': '1', 'upload-metadata': value });
    expect(await codeOf(await raw(`space ZGVtbw==,path ${Buffer.from([0x2f, 0xff]).toString('base64')}`))).toBe('invalid-name');
    expect((await raw('space ???')).status).toBe(400);
    expect((await raw('space ZGVtbw==,space ZGVtbw==,path L2E=')).status).toBe(400);
  });

  test('a folder in the file’s place, or a file in a folder’s, is found early', async () => {
    await createUpload(region, { length: 0, meta: { space, path: '/early/file' } });
    expect(await codeOf(await post({ 'upload-length': '1', 'upload-metadata': at('/early') }))).toBe('is-a-folder');
    expect(await codeOf(await post({ 'upload-length': '1', 'upload-metadata': at('/early/file/x') }))).toBe('not-a-folder');
  });

  test('[SY2] a base that is not shown any more makes a sibling', async () => {
    const upload = async (content: string, base?: string) => {
      const meta = { space, path: '/based', ...(base === undefined ? {} : { base }) };
      const response = await patch(await createUpload(region, { length: content.length, meta }), { offset: 0, body: Buffer.from(content) });
      return response.headers.get('jzse-version') ?? '';
    };
    const first = await upload('first');
    const second = await upload('second');
    const third = await upload('third', first);
    expect((await entryAt(region, '/based'))?.heads.map((head) => dotKey(head.dot)).sort()).toEqual([second, third].sort());
    await upload('fourth', `${second}, ${third}`);
    expect((await entryAt(region, '/based'))?.heads).toHaveLength(1);
  });
});

describe('bad input', () => {
  test('offsets', async () => {
    const address = await createUpload(region, { length: 10, meta: { space, path: '/offsets' } });
    const wrong = await patch(address, { offset: 3, body: Buffer.from('abc') });
    expect([wrong.status, await codeOf(wrong)]).toEqual([409, 'offset-mismatch']);
    expect((await fetch(address, { method: 'PATCH', headers: part, body: 'a' })).status).toBe(400);
    expect((await fetch(address, { method: 'PATCH', headers: { ...part, 'upload-offset': '-1' }, body: 'a' })).status).toBe(400);
    const type = await fetch(address, {
      method: 'PATCH',
      headers: { ...part, 'content-type': 'text/plain', 'upload-offset': '0' },
      body: 'a',
    });
    expect(type.status).toBe(415);
    expect((await head(address)).headers.get('upload-offset')).toBe('0');
  });

  test('more than was announced', async () => {
    const address = await createUpload(region, { length: 10, meta: { space, path: '/more' } });
    expect((await patch(address, { offset: 0, body: Buffer.alloc(11) })).status).toBe(413);
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(Buffer.alloc(8));
        controller.enqueue(Buffer.alloc(8));
        controller.close();
      },
    });
    const init = { method: 'PATCH', headers: { ...part, 'upload-offset': '0' }, body, duplex: 'half' };
    expect(await codeOf(await fetch(address, init))).toBe('too-large');
    expect((await head(address)).headers.get('upload-offset')).toBe('0');
    expect((await patch(address, { offset: 0, body: Buffer.alloc(10) })).status).toBe(204);
  });

  test('lengths', async () => {
    const meta = { 'upload-metadata': at('/lengths') };
    expect((await post(meta)).status).toBe(400);
    expect((await post({ ...meta, 'upload-length': '-5' })).status).toBe(400);
    expect((await post({ ...meta, 'upload-length': '5', 'upload-defer-length': '1' })).status).toBe(400);
    expect((await post({ ...meta, 'upload-defer-length': '2' })).status).toBe(400);
    expect((await post({ ...meta, 'upload-length': '900000000000000' })).status).toBe(413);
  });

  test('uploads that are not there', async () => {
    for (const method of ['HEAD', 'DELETE', 'PATCH'])
      expect((await fetch(`${region.url}/tus/none`, { method, headers: { ...part, 'upload-offset': '0' } })).status).toBe(404);
  });
});

describe('extensions', () => {
  test('creation-with-upload: all bytes, or the first ones', async () => {
    const bytes = bytesOf(700_000, 8);
    const whole = await post({ ...part, 'upload-length': '700000', 'upload-metadata': at('/with/whole') }, bytes);
    expect([whole.status, whole.headers.get('upload-offset')]).toEqual([201, '700000']);
    expect(whole.headers.get('etag')).toMatch(/^"beijing:1\/\d+"$/);
    expect(await contentAt(region, '/with/whole')).toEqual(bytes);
    const first = await post({ ...part, 'upload-length': '700000', 'upload-metadata': at('/with/first') }, bytes.subarray(0, 400_000));
    expect([first.status, first.headers.get('upload-offset')]).toEqual([201, '400000']);
    await patch(region.url + first.headers.get('location'), { offset: 400_000, body: bytes.subarray(400_000) });
    expect(await contentAt(region, '/with/first')).toEqual(bytes);
    expect((await post({ 'content-type': 'text/plain', 'upload-length': '1', 'upload-metadata': at('/x') }, Buffer.from('x'))).status).toBe(
      415,
    );
  });

  test('creation-defer-length: told with a later part', async () => {
    const bytes = bytesOf(2_500_000, 9);
    const address = await createUpload(region, { length: null, meta: { space, path: '/deferred' } });
    expect((await head(address)).headers.get('upload-defer-length')).toBe('1');
    await patch(address, { offset: 0, body: bytes.subarray(0, 2_400_000) });
    expect((await patch(address, { offset: 2_400_000, body: Buffer.alloc(0), headers: { 'upload-length': '100' } })).status).toBe(400);
    const last = await patch(address, { offset: 2_400_000, body: bytes.subarray(2_400_000), headers: { 'upload-length': '2500000' } });
    expect(last.headers.get('etag')).not.toBeNull();
    expect(await contentAt(region, '/deferred')).toEqual(bytes);
  });

  test('creation-defer-length: told with nothing more', async () => {
    const address = await createUpload(region, { length: null, meta: { space, path: '/deferred-late' } });
    await patch(address, { offset: 0, body: Buffer.from('abc') });
    const response = await patch(address, { offset: 3, body: Buffer.alloc(0), headers: { 'upload-length': '3' } });
    expect(response.headers.get('etag')).not.toBeNull();
    expect((await contentAt(region, '/deferred-late'))?.toString()).toBe('abc');
  });

  test('termination', async () => {
    const address = await createUpload(region, { length: 10, meta: { space, path: '/ended' } });
    await patch(address, { offset: 0, body: Buffer.from('abc') });
    expect((await fetch(address, { method: 'DELETE', headers: tus })).status).toBe(204);
    expect((await head(address)).status).toBe(404);
    expect(await entryAt(region, '/ended')).toBeNull();
  });

  test.each(['sha1', 'sha256', 'md5'])('checksum %s: right bytes are taken, of wrong ones nothing is kept', async (algorithm) => {
    const bytes = bytesOf(9_000_000, 10);
    const sum = (of: Uint8Array) => ({ 'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}` });
    const address = await createUpload(region, { length: bytes.length, meta: { space, path: `/checksum/${algorithm}` } });
    await patch(address, { offset: 0, body: bytes.subarray(0, 1000), headers: sum(bytes.subarray(0, 1000)) });
    const wrong = await patch(address, { offset: 1000, body: bytes.subarray(1000), headers: sum(bytes) });
    expect([wrong.status, await codeOf(wrong)]).toEqual([460, 'checksum-mismatch']);
    expect((await head(address)).headers.get('upload-offset')).toBe('1000');
    const right = await patch(address, { offset: 1000, body: bytes.subarray(1000), headers: sum(bytes.subarray(1000)) });
    expect(right.status).toBe(204);
    expect(await contentAt(region, `/checksum/${algorithm}`)).toEqual(bytes);
  });

  test('checksum: an algorithm that is not there is refused', async () => {
    const address = await createUpload(region, { length: 1, meta: { space, path: '/crc' } });
    expect((await patch(address, { offset: 0, body: Buffer.from('x'), headers: { 'upload-checksum': 'crc32 AAAA' } })).status).toBe(400);
  });

  test('expiration: told, renewed by progress, and then over', async () => {
    const address = await createUpload(region, { length: 10, meta: { space, path: '/expires' } });
    const first = Date.parse((await head(address)).headers.get('upload-expires') ?? '');
    expect(first - clockMs).toBeGreaterThan(86_000_000);
    clockMs += 80_000_000;
    await patch(address, { offset: 0, body: Buffer.from('abc') });
    clockMs += 80_000_000;
    expect((await head(address)).status).toBe(200);
    clockMs += 10_000_000;
    expect((await head(address)).status).toBe(410);
    expect(await codeOf(await patch(address, { offset: 3, body: Buffer.from('d') }))).toBe('upload-expired');
  });

  test('concatenation: parts become one file, cut as if it had come whole', async () => {
    const bytes = bytesOf(5_000_000, 11);
    const cuts = [0, 10, 1_700_000, 1_700_000, 5_000_000];
    const addresses: string[] = [];
    for (const [index, start] of cuts.slice(0, -1).entries()) {
      const end = cuts[index + 1] ?? 0;
      const created = await post({ 'upload-length': String(end - start), 'upload-concat': 'partial' });
      const address = region.url + created.headers.get('location');
      expect((await head(address)).headers.get('upload-concat')).toBe('partial');
      await patch(address, { offset: 0, body: bytes.subarray(start, end) });
      addresses.push(index % 2 === 0 ? address : new URL(address).pathname);
    }
    const concat = `final;${addresses.join(' ')}`;
    const joined = await post({ 'upload-concat': concat, 'upload-metadata': at('/joined') });
    expect([joined.status, joined.headers.get('upload-offset')]).toEqual([201, '5000000']);
    expect(joined.headers.get('etag')).not.toBeNull();
    expect(await contentAt(region, '/joined')).toEqual(bytes);
    expect(await region.store.chunksOf((await entryAt(region, '/joined'))!.heads[0]!.content)).toEqual(chunksOf(bytes));
    const address = region.url + joined.headers.get('location');
    const told = await head(address);
    expect([told.headers.get('upload-concat'), told.headers.get('upload-length')]).toEqual([concat, '5000000']);
    expect((await patch(address, { offset: 5_000_000, body: Buffer.from('x') })).status).toBe(403);
  });

  test('concatenation: only whole parts, and no length of its own', async () => {
    const created = await post({ 'upload-length': '5', 'upload-concat': 'partial' });
    const concat = `final;${created.headers.get('location')}`;
    expect(await codeOf(await post({ 'upload-concat': concat, 'upload-metadata': at('/j') }))).toBe('invalid-input');
    expect((await post({ 'upload-concat': concat, 'upload-length': '5', 'upload-metadata': at('/j') })).status).toBe(400);
    expect((await post({ 'upload-concat': 'final;', 'upload-metadata': at('/j') })).status).toBe(400);
    expect((await post({ 'upload-concat': 'final;/tus/none', 'upload-metadata': at('/j') })).status).toBe(404);
    expect((await post({ 'upload-concat': 'sometimes', 'upload-length': '5' })).status).toBe(400);
  });
});
