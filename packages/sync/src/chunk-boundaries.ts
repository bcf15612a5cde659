/** Bytes of a chunk. Content shorter than `min` is one chunk; no chunk but the last is shorter, none is longer than `max`. */
export const chunkSizes = { min: 131_072, average: 262_144, max: 2_097_152 } as const;

/**
 * Where the next chunk ends, by content: an insertion moves boundaries near it only.
 * FastCDC with normalised chunking (Xia et al., USENIX ATC 2016): a stricter mask before the average size, a looser one after.
 * `bytes[start, end)` is what is known from the chunk's first byte on; `atEnd` says that nothing follows.
 * Returns the end offset in `bytes`, or -1 when more bytes are needed to tell.
 */
export function findBoundary(bytes: Uint8Array, range: { readonly start: number; readonly end: number }, atEnd: boolean): number {
  const { start, end } = range;
  const known = end - start;
  if (known <= chunkSizes.min) return atEnd && known > 0 ? end : -1;
  const normal = Math.min(end, start + chunkSizes.average);
  const last = Math.min(end, start + chunkSizes.max);
  const from = start + chunkSizes.min;
  const strict = scan(bytes, { from, to: normal, hash: 0 }, strictMask);
  if (strict.boundary !== -1) return strict.boundary;
  const loose = scan(bytes, { from: normal, to: last, hash: strict.hash }, looseMask);
  if (loose.boundary !== -1) return loose.boundary;
  if (known >= chunkSizes.max) return start + chunkSizes.max;
  return atEnd ? end : -1;
}

interface Scan {
  readonly from: number;
  readonly to: number;
  readonly hash: number;
}

/** The hot loop of every upload: locals and int32 arithmetic only, so that it compiles to a few instructions a byte. */
function scan(bytes: Uint8Array, { from, to, hash: initial }: Scan, mask: number): { readonly boundary: number; readonly hash: number } {
  const table = gear;
  let hash = initial | 0;
  for (let at = from; at < to; at++) {
    hash = ((hash << 1) + (table[bytes[at] as number] as number)) | 0;
    if ((hash & mask) === 0) return { boundary: at + 1, hash };
  }
  return { boundary: -1, hash };
}

// Boundaries are part of what regions share: the table and the masks never change, or every stored file is cut anew.
// The high bits of the sum have seen the last 32 bytes, the low ones only a few: masks use the high ones.
// With these sizes and bits 1 MiB that changes costs over 3 MiB of chunks in one case of 200; with 512 KiB, 21 and 17 bits it was one of 6.
const strictMask = 0xffffe000 | 0; // 19 bits
const looseMask = 0xffffc000 | 0; // 18 bits

const gear: Int32Array = makeGear();

/** 256 numbers of a fixed xorshift sequence (Marsaglia 2003). */
function makeGear(): Int32Array {
  const table = new Int32Array(256);
  let state = 0x9e3779b9 | 0;
  for (let at = 0; at < table.length; at++) {
    for (let round = 0; round < 3; round++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
    }
    table[at] = state;
  }
  return table;
}
