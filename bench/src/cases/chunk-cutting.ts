import { createHash } from 'node:crypto';
import { findBoundary } from '@jzse/sync';
import { randomBytes } from '../../../e2e/src/random-bytes.ts';
import type { BenchCase } from '../bench-context.ts';
import { median, toRow } from '../row.ts';

const bufferBytes = 64 << 20;

/** How fast the core finds chunk boundaries, beside the hash that every byte is given as well. */
export const chunkCutting: BenchCase = {
  name: 'chunk-cutting',
  run: async ({ sizes }) => {
    const bytes = randomBytes('chunk cutting', bufferBytes);
    const cut = () => {
      for (let start = 0; start < bytes.length; ) start = findBoundary(bytes, { start, end: bytes.length }, true);
    };
    const digest = () => void createHash('sha256').update(bytes).digest();
    const rate = (work: () => void) => {
      work();
      return median(Array.from({ length: sizes.rounds }, () => gigabytesPerSecond(work)));
    };
    return [
      toRow({
        case: 'cutting by content',
        value: rate(cut),
        unit: 'GB/s',
        peer: { name: 'SHA-256 of the same bytes', value: rate(digest) },
      }),
    ];
  },
};

function gigabytesPerSecond(work: () => void): number {
  const startedMs = performance.now();
  work();
  return bufferBytes / 1e6 / (performance.now() - startedMs);
}
