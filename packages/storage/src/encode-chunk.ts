import { promisify } from 'node:util';
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib';
import type { ChunkRow } from './chunk-store.ts';

export type Encoding = ChunkRow['encoding'];
export interface Encoded {
  readonly encoding: Encoding;
  readonly bytes: Uint8Array;
}

/** Below this, what is saved is less than what a row or a file costs anyway. */
const compressedBytesMin = 4096;
const samplesMax = 4096;
/** 12 % less than 8 bits a byte: what entropy coding alone would gain. */
const entropyBitsMax = 7.04;
/** A compressed form that is larger than this share is not kept: reading it would cost more than it saves. */
const keptShareMax = 0.9;
const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/** zstd where it pays; the event loop is left free. What looks random is not tried. */
export async function encodeChunk(bytes: Uint8Array): Promise<Encoded> {
  if (!looksCompressible(bytes)) return { encoding: 'plain', bytes };
  return smaller(bytes, await compress(bytes, level));
}

/** The same at once, for chunks so small that handing them to another thread would cost more. */
export function encodeChunkSync(bytes: Uint8Array): Encoded {
  if (!looksCompressible(bytes)) return { encoding: 'plain', bytes };
  return smaller(bytes, zstdCompressSync(bytes, level));
}

/** Throws when the bytes are no such encoding, or more than `size` bytes long. */
export async function decodeChunk(stored: Encoded, size: number): Promise<Uint8Array> {
  return stored.encoding === 'plain' ? stored.bytes : await decompress(stored.bytes, { maxOutputLength: Math.max(1, size) });
}

export function decodeChunkSync(stored: Encoded, size: number): Uint8Array {
  return stored.encoding === 'plain' ? stored.bytes : zstdDecompressSync(stored.bytes, { maxOutputLength: Math.max(1, size) });
}

const smaller = (bytes: Uint8Array, compressed: Uint8Array): Encoded =>
  compressed.length <= bytes.length * keptShareMax ? { encoding: 'zstd', bytes: compressed } : { encoding: 'plain', bytes };

/** Shannon entropy of bytes taken evenly from all of the chunk: about 10 µs, 1/30 of compressing a sample. */
function looksCompressible(bytes: Uint8Array): boolean {
  if (bytes.length < compressedBytesMin) return false;
  const counts = new Uint32Array(256);
  // An odd step does not fall into step with records of a power of two.
  const step = Math.max(1, Math.floor(bytes.length / samplesMax) | 1);
  let samples = 0;
  for (let at = 0; at < bytes.length; at += step) {
    const byte = bytes[at] as number;
    counts[byte] = (counts[byte] as number) + 1;
    samples++;
  }
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / samples) * Math.log2(count / samples);
  return bits < entropyBitsMax;
}
