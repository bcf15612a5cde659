import { hash } from 'node:crypto';
import type { Hash } from '@jzse/sync';
import { findBoundary } from '@jzse/sync';

/** A chunk within the bytes that were cut. */
export interface CutChunk {
  readonly start: number;
  readonly end: number;
  readonly hash: Hash;
}

/** All chunks that `bytes` holds from their first byte on; what comes after the last one is not decided yet. `atEnd`: nothing follows. */
export function cutAndHash(bytes: Uint8Array, atEnd: boolean): CutChunk[] {
  const chunks: CutChunk[] = [];
  const range = { start: 0, end: bytes.length };
  for (;;) {
    const end = findBoundary(bytes, range, atEnd);
    if (end === -1) return chunks;
    chunks.push({ start: range.start, end, hash: sha256(bytes.subarray(range.start, end)) });
    range.start = end;
  }
}

export const sha256 = (bytes: Uint8Array): Hash => hash('sha256', bytes, 'hex') as Hash;
