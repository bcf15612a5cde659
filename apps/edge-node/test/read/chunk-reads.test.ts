import { randomBytes } from 'node:crypto';
import { createFrameParser } from '@jzse/api';
import { chunkOf } from '@jzse/storage/testing';
import type { Hash } from '@jzse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cutContent, openReadingRegion, type ReadingRegion } from './reading-region.ts';

let region: ReadingRegion;
beforeEach(async () => {
  region = await openReadingRegion();
});
afterEach(() => region.close());

const ask = (body: unknown) =>
  region.get('/chunks/read', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

async function framesOf(response: Response) {
  const parser = createFrameParser();
  const frames = parser.push(Buffer.from(await response.arrayBuffer()));
  parser.finish();
  return frames;
}

/** A file of exactly these chunks: of a space is what its versions name. */
async function hold(sizes: readonly number[]) {
  const cut = cutContent(randomBytes(sizes.reduce((sum, size) => sum + size, 0)), sizes);
  await region.putChunks(cut);
  await region.createFile('held', cut);
  return cut;
}

test('chunks come as frames in the order asked; what is absent is said to be', async () => {
  const { chunks, manifest } = await hold([10, 200_000, 4096, 131_072, 131_071, 500_000, 1]);
  const absent = chunkOf(randomBytes(10)).hash;
  const hashes = [...chunks.map((chunk) => chunk.hash), absent, chunks[0]?.hash as Hash, manifest?.hash as Hash];
  const response = await ask({ space: 'demo', hashes });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/octet-stream']);
  const frames = await framesOf(response);
  expect(frames.map((frame) => frame.hash)).toEqual(hashes);
  for (const [at, chunk] of chunks.entries()) expect(Buffer.compare(frames[at]?.bytes ?? Buffer.alloc(0), chunk.bytes)).toBe(0);
  expect(frames[chunks.length]?.bytes).toBeNull();
  expect(frames.at(-1)?.bytes).not.toBeNull();
});

test('what no version of the space names is absent, though it is here', async () => {
  const chunk = chunkOf(randomBytes(100));
  await region.chunks.put(chunk);
  expect(await framesOf(await ask({ space: 'demo', hashes: [chunk.hash] }))).toEqual([{ hash: chunk.hash, bytes: null }]);
});

test('a thousand small ones come in one answer, none in an empty one', async () => {
  const { chunks } = await hold(Array.from({ length: 1024 }, () => 4096));
  const frames = await framesOf(await ask({ space: 'demo', hashes: chunks.map((chunk) => chunk.hash) }));
  expect(frames.every((frame, at) => Buffer.compare(frame.bytes ?? Buffer.alloc(0), chunks[at]?.bytes ?? Buffer.alloc(1)) === 0)).toBe(
    true,
  );
  expect(frames).toHaveLength(1024);
  expect(await framesOf(await ask({ space: 'demo', hashes: [] }))).toEqual([]);
});

test('a damaged chunk is absent', async () => {
  const hash = (await hold([100_000])).content.hash;
  region.damage(hash);
  expect(await framesOf(await ask({ space: 'demo', hashes: [hash] }))).toEqual([{ hash, bytes: null }]);
});

test.each([
  { what: 'too many', body: { space: 'demo', hashes: Array.from({ length: 1025 }, () => 'a'.repeat(64)) }, code: 'invalid-input' },
  { what: 'no hash', body: { space: 'demo', hashes: ['../../etc/passwd'] }, code: 'invalid-input' },
  { what: 'no space', body: { hashes: [] }, code: 'invalid-input' },
  { what: 'another space', body: { space: 'other', hashes: [] }, code: 'unknown-space' },
])('$what is refused', async ({ body, code }) => {
  const response = await ask(body);
  expect([response.status, await response.json()]).toMatchObject([code === 'unknown-space' ? 404 : 400, { code }]);
});
