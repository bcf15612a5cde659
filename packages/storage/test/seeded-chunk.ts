import { createHash } from 'node:crypto';
import type { Chunk } from '../src/index.ts';
import { chunkOf } from '../src/testing/index.ts';

/** The same chunk for the same seed, in any process; sizes on both sides of the inline limit. */
export function chunkOfSeed(seed: number): Chunk {
  const size = seed % 3 === 0 ? 2000 + seed : 66_000 + (seed % 100) * 1000;
  const block = createHash('sha512').update(String(seed)).digest();
  return chunkOf(Buffer.concat(Array.from({ length: Math.ceil(size / 64) }, () => block)).subarray(0, size));
}
