import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChunkHashAndSize } from '../src/index.ts';
import { chunkSizes, decodeManifest, encodeManifest, findBoundary, hash, InvalidManifest } from '../src/index.ts';
import { seededRandom } from './seeded-random.ts';

function noise(bytes: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let at = 0; at < words.length; at++) words[at] = random.next() * 2 ** 32;
  return new Uint8Array(words.buffer, 0, bytes);
}

function cut(bytes: Uint8Array): ChunkHashAndSize[] {
  const chunks: ChunkHashAndSize[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = findBoundary(bytes, { start, end: bytes.length }, true);
    chunks.push({ hash: hash(createHash('sha256').update(bytes.subarray(start, end)).digest('hex')), size: end - start });
    start = end;
  }
  return chunks;
}

const content = noise(24 << 20, 7);

test('chunks keep to their sizes and make up the content', () => {
  const sizes = cut(content).map((chunk) => chunk.size);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(content.length);
  for (const size of sizes.slice(0, -1)) expect(size > chunkSizes.min && size <= chunkSizes.max).toBe(true);
  expect(content.length / sizes.length).toBeGreaterThan(chunkSizes.average / 2);
  expect(content.length / sizes.length).toBeLessThan(chunkSizes.average * 2);
});

test('an insertion changes the chunks near it only', () => {
  const before = new Set(cut(content).map((chunk) => chunk.hash));
  for (const at of [0, 5_000_000, content.length]) {
    const edited = new Uint8Array(content.length + 1000);
    edited.set(content.subarray(0, at));
    edited.set(noise(1000, at + 1), at);
    edited.set(content.subarray(at), at + 1000);
    expect(cut(edited).filter((chunk) => !before.has(chunk.hash)).length).toBeLessThanOrEqual(4);
  }
});

test('boundaries do not depend on how the bytes arrive', () => {
  const whole = cut(content.subarray(0, 6 << 20)).map((chunk) => chunk.size);
  const bytes = content.subarray(0, 6 << 20);
  const sizes: number[] = [];
  let start = 0;
  for (let end = 0; start < bytes.length; ) {
    end = Math.min(bytes.length, end + 100_001);
    for (;;) {
      const boundary = findBoundary(bytes, { start, end }, end === bytes.length);
      if (boundary === -1) break;
      sizes.push(boundary - start);
      start = boundary;
    }
  }
  expect(sizes).toEqual(whole);
});

test('content of one repeated byte is cut at the largest size', () => {
  expect(cut(new Uint8Array(5 << 20)).every((chunk) => chunk.size <= chunkSizes.max)).toBe(true);
});

test('boundaries are what they were: stored files would be cut anew otherwise', () => {
  expect(
    cut(content)
      .slice(0, 4)
      .map((chunk) => chunk.size),
  ).toMatchInlineSnapshot(`
    [
      687288,
      363272,
      752728,
      885463,
    ]
  `);
});

test('a manifest comes back as it was, and damaged ones are refused', () => {
  const line = fc.record({ hash: fc.stringMatching(/^[0-9a-f]{64}$/).map(hash), size: fc.integer({ min: 1, max: chunkSizes.max }) });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 50 }), (chunks) => void expect(decodeManifest(encodeManifest(chunks))).toEqual(chunks)),
  );
  const good = encodeManifest([{ hash: hash('a'.repeat(64)), size: 5 }]);
  for (const bad of [
    good.subarray(1),
    good.subarray(0, -1),
    new Uint8Array(0),
    encodeManifest([{ hash: hash('a'.repeat(64)), size: 0 }]),
  ]) {
    expect(() => decodeManifest(bad)).toThrow(InvalidManifest);
  }
});
