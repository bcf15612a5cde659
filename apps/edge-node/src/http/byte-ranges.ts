import { combineRanges, parse } from 'range-parser';
import type { ByteRange } from '../read/stream-chunks.ts';

/** Ranges that are served with one answer, after those that overlap or touch are put together. More than that are ignored. */
export const rangesMax = 32;
/** Of a Range header that is looked at. */
const headerCharactersMax = 4096;

export type AskedRanges =
  | { readonly kind: 'whole' }
  | { readonly kind: 'ranges'; readonly ranges: readonly ByteRange[] }
  | { readonly kind: 'unsatisfiable' };

/** What a Range header asks of `size` bytes (RFC 9110 section 14.2). A header that is malformed, of another unit or greedy is ignored. */
export function parseRanges(header: string | undefined, size: number): AskedRanges {
  if (header === undefined || header.length > headerCharactersMax) return { kind: 'whole' };
  const { code, type, ranges } = parse(size, header);
  if (type !== 'bytes' || (code & malformed) !== 0) return { kind: 'whole' };
  if (ranges.length === 0) return code === 0 ? { kind: 'whole' } : { kind: 'unsatisfiable' };
  const combined = combineRanges(ranges).map(({ start, end }) => ({ start, end: end + 1 }));
  return combined.length > rangesMax ? { kind: 'whole' } : { kind: 'ranges', ranges: combined };
}

/** Bit of `code` in range-parser. */
const malformed = 1;
