import { createHash, randomBytes } from 'node:crypto';
import { appendFile, mkdtemp, open, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JzseError } from '@jzse/api';
import { createEdgeClient, type EdgeClient } from '@jzse/client';
import { getFile, putFiles } from '@jzse/client/node';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type MemoryEdge, startMemoryEdge } from './memory-edge.ts';

const mebibyte = 1024 * 1024;
let folder: string;
let edge: MemoryEdge;
let client: EdgeClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jzse-client-'));
  edge = await startMemoryEdge();
  client = createEdgeClient({ url: edge.url, token: edge.token });
});
afterEach(async () => {
  await edge.close();
  await rm(folder, { recursive: true });
});

async function local(name: string, bytes: Uint8Array) {
  await writeFile(join(folder, name), bytes);
  return { path: `/${name}`, source: join(folder, name) };
}
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('putFiles', () => {
  test('files of every size arrive whole: none, one chunk, many chunks in memory, many blocks in threads', async () => {
    const sizes = [0, 1, 4096, 131_072, 131_073, 2 * mebibyte, 2 * mebibyte + 1, 8 * mebibyte, 8 * mebibyte + 5, 30 * mebibyte];
    const contents = sizes.map((size) => randomBytes(size));
    const files = await Promise.all(contents.map((bytes, index) => local(`f${index}`, bytes)));
    const result = await putFiles(client, { space: 'demo', files });
    expect(result).toMatchObject({ files: sizes.length, failed: 0 });
    for (const [index, bytes] of contents.entries()) {
      expect(edge.contentOf(`/f${index}`)?.equals(bytes)).toBe(true);
      expect(edge.files.get(`/f${index}`)?.commit.content.hash).toBe(sha256(bytes));
    }
  });

  test('a large file of one repeated byte, whose chunks are all the same, is sent once', async () => {
    const result = await putFiles(client, { space: 'demo', files: [await local('zeros', Buffer.alloc(40 * mebibyte))] });
    expect(result.files).toBe(1);
    expect(result.sentBytes).toBeLessThan(5 * mebibyte);
  });

  test('1 MiB changed inside 64 MiB sends the chunks around it only', async () => {
    const bytes = randomBytes(64 * mebibyte);
    const file = await local('large', bytes);
    await putFiles(client, { space: 'demo', files: [file] });
    randomBytes(mebibyte).copy(bytes, 30 * mebibyte);
    await writeFile(file.source, bytes);
    const second = await putFiles(client, { space: 'demo', files: [file] });
    expect(second.sentBytes).toBeGreaterThan(mebibyte);
    expect(second.sentBytes).toBeLessThanOrEqual(6 * mebibyte);
    expect(edge.contentOf('/large')?.equals(bytes)).toBe(true);
  });

  test('many small files take few requests', async () => {
    const files = await Promise.all(Array.from({ length: 1200 }, (_, index) => local(`s${index}`, randomBytes(512))));
    const result = await putFiles(client, { space: 'demo', files });
    expect(result.files).toBe(1200);
    expect(edge.commits.length).toBeLessThan(60);
    expect(Math.max(...edge.commits)).toBeLessThanOrEqual(500);
  });

  test('a refused file and one that is not there fail alone', async () => {
    const files = [await local('a', randomBytes(10)), await local('refused', randomBytes(10)), await local('b', randomBytes(10))];
    const failures: string[] = [];
    const result = await putFiles(client, {
      space: 'demo',
      files: [...files, { path: '/gone', source: join(folder, 'gone') }],
      onFailed: ({ file, error }) => failures.push(`${file.path} ${error instanceof JzseError ? error.code : 'ENOENT'}`),
    });
    expect(result).toMatchObject({ files: 2, failed: 2 });
    expect(failures.sort()).toEqual(['/gone ENOENT', '/refused invalid-name']);
  });

  test('a conditional put that is refused says so', async () => {
    const file = { ...(await local('a', randomBytes(10))), ifAbsent: true };
    expect((await putFiles(client, { space: 'demo', files: [file] })).failed).toBe(0);
    expect((await putFiles(client, { space: 'demo', files: [file] })).failed).toBe(1);
  });

  test('an edge that is not ready for a moment is waited for; a wrong token ends everything', async () => {
    edge.refuse = 2;
    expect((await putFiles(client, { space: 'demo', files: [await local('a', randomBytes(10))] })).files).toBe(1);
    const stranger = createEdgeClient({ url: edge.url, token: 'wrong' });
    const files = await Promise.all(Array.from({ length: 20 }, (_, index) => local(`s${index}`, randomBytes(512))));
    await expect(putFiles(stranger, { space: 'demo', files })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('chunks that the edge dropped before the commit are sent again', async () => {
    const file = await local('a', randomBytes(5000));
    let dropped = false;
    const result = await putFiles(client, {
      space: 'demo',
      files: [file],
      onProgress: ({ sentBytes }) => {
        if (!dropped && sentBytes > 0) edge.chunks.clear();
        dropped = sentBytes > 0;
      },
    });
    expect(result).toMatchObject({ files: 1, failed: 0 });
    expect(edge.contentOf('/a')).not.toBeNull();
  });

  test('an abort ends a large put', async () => {
    const abort = new AbortController();
    const files = [await local('large', randomBytes(40 * mebibyte)), await local('small', randomBytes(10))];
    const put = putFiles(client, { space: 'demo', files, signal: abort.signal, onProgress: () => abort.abort() });
    await expect(put).rejects.toMatchObject({ name: 'AbortError' });
    expect(edge.files.has('/large')).toBe(false);
  });

  test('a file that is written to all the time is reported, not stored torn', async () => {
    const file = await local('busy', randomBytes(40 * mebibyte));
    const failures: Error[] = [];
    const writer = setInterval(() => void appendFile(file.source, 'x'), 2);
    const result = await putFiles(client, { space: 'demo', files: [file], onFailed: ({ error }) => failures.push(error) });
    clearInterval(writer);
    expect(result).toMatchObject({ files: 0, failed: 1 });
    expect(failures[0]).toMatchObject({ code: 'checksum-mismatch', message: expect.stringContaining('changed while it was read') });
    expect(edge.files.size).toBe(0);
  });

  test('the local time of modification travels along', async () => {
    const file = await local('a', randomBytes(10));
    await utimes(file.source, new Date(86_400_000), new Date(86_400_000));
    await putFiles(client, { space: 'demo', files: [file] });
    expect(edge.files.get('/a')?.commit.modifiedMs).toBe(86_400_000);
  });
});

describe('getFile', () => {
  test('goes on where the connection was lost, and leaves no temporary file', async () => {
    const bytes = randomBytes(3 * mebibyte);
    await putFiles(client, { space: 'demo', files: [await local('a', bytes)] });
    edge.cutAfter.push(mebibyte, 100);
    const got = await getFile(client, { space: 'demo', path: '/a', target: join(folder, 'deep', 'copy') });
    expect(got).toEqual({ bytes: bytes.length, version: 'beijing:1/1' });
    expect((await readFile(join(folder, 'deep', 'copy'))).equals(bytes)).toBe(true);
    expect(await readdir(join(folder, 'deep'))).toEqual(['copy']);
  });

  test('bytes that do not match the digest replace nothing', async () => {
    await putFiles(client, { space: 'demo', files: [await local('a', randomBytes(1000))] });
    const [hash] = [...edge.chunks.keys()];
    edge.chunks.set(hash as string, randomBytes(1000));
    await writeFile(join(folder, 'copy'), 'before');
    await expect(getFile(client, { space: 'demo', path: '/a', target: join(folder, 'copy') })).rejects.toMatchObject({
      code: 'checksum-mismatch',
    });
    expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('before');
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test('an unknown path is its code', async () => {
    await expect(getFile(client, { space: 'demo', path: '/none', target: join(folder, 'copy') })).rejects.toMatchObject({
      code: 'unknown-path',
      message: 'no /none',
    });
  });
});

test('the event loop stays free while a large file is cut', async () => {
  const file = await local('large', randomBytes(1));
  const handle = await open(file.source, 'w');
  const block = randomBytes(8 * mebibyte);
  for (let index = 0; index < 16; index++) await handle.write(block);
  await handle.close();
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  await putFiles(client, { space: 'demo', files: [file] });
  clearInterval(timer);
  expect(ticks).toBeGreaterThan(20);
});
