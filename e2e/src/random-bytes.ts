import { createCipheriv, createHash } from 'node:crypto';

const blockBytes = 1 << 20;
const zeros = Buffer.alloc(blockBytes);

/** Incompressible bytes that the seed names: the same seed gives the same bytes, another one shares nothing with them. */
export function* randomBlocks(seed: string, size: number): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, key.subarray(0, 16));
  for (let left = size; left > 0; left -= blockBytes) yield cipher.update(left >= blockBytes ? zeros : zeros.subarray(0, left));
}

export function randomBytes(seed: string, size: number): Buffer {
  return Buffer.concat([...randomBlocks(seed, size)]);
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
