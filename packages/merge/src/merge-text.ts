import { type LineMatches, matchLines } from './common-lines.ts';
import type { MergeResult } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import { append, joinLines, linesMax, splitTexts, type TextLines } from './text-lines.ts';

export interface ThreeWay {
  /** The version that both come from; null: none is known. */
  readonly base: string | null;
  readonly left: string;
  readonly right: string;
}

/** Three-way by lines: changes of both sides, and a conflict where they touch the same lines. Line ends, byte order mark and a missing last line end are kept as either side wants them. */
export function mergeText({ base, left, right }: ThreeWay): MergeResult {
  if (base === null) return conflict('there is no version that both were made from');
  const [baseLines, leftLines, rightLines] = splitTexts([base, left, right]) as [TextLines, TextLines, TextLines];
  if (Math.max(baseLines.lines.length, leftLines.lines.length, rightLines.lines.length) > linesMax) return conflict(tooMuch);
  const lines: string[] = [];
  const places: string[] = [];
  const regions = regionsOf([baseLines.lines, leftLines.lines, rightLines.lines]);
  if (regions === null) return conflict(tooMuch);
  for (const region of regions) {
    if (region.merged === null) places.push(placeOf(region.leftPlace));
    else append(lines, region.merged);
  }
  if (places.length > 0) return conflict('both sides changed the same lines', places);
  return merged(joinLines(lines, { base: baseLines, left: leftLines, right: rightLines }));
}

export const tooMuch = 'there are too many lines, or too many that differ, to merge them';

type Lines = readonly string[];
interface Region {
  /** Null: both sides changed it, and otherwise. */
  readonly merged: Lines | null;
  readonly leftPlace: { readonly start: number; readonly length: number };
}

/**
 * Stable lines, those that both sides kept, and what is between them (Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", 2007). Null:
 * too much differs.
 */
function regionsOf([base, left, right]: readonly [Lines, Lines, Lines]): Region[] | null {
  const inLeft = matchLines(base, left);
  const inRight = matchLines(base, right);
  if (inLeft === null || inRight === null) return null;
  const regions: Region[] = [];
  let from = { base: 0, left: 0, right: 0 };
  for (const at of keptByBoth(inLeft, inRight)) {
    const to = { base: at, left: inLeft[at] ?? left.length, right: inRight[at] ?? right.length };
    const parts = [base.slice(from.base, to.base), left.slice(from.left, to.left), right.slice(from.right, to.right)] as const;
    const leftPlace = { start: from.left, length: parts[1].length };
    if (parts.some((part) => part.length > 0)) regions.push({ merged: mergeRegion(parts), leftPlace });
    if (at < base.length) regions.push({ merged: [base[at] as string], leftPlace: { start: to.left, length: 1 } });
    from = { base: to.base + 1, left: to.left + 1, right: to.right + 1 };
  }
  return regions;
}

/** Places in the base, and at last its end. */
function* keptByBoth(inLeft: LineMatches, inRight: LineMatches): Generator<number> {
  for (let at = 0; at < inLeft.length; at++) if ((inLeft[at] as number) >= 0 && (inRight[at] as number) >= 0) yield at;
  yield inLeft.length;
}

function mergeRegion([base, left, right]: readonly [Lines, Lines, Lines]): Lines | null {
  if (sameLines(left, right) || sameLines(right, base)) return left;
  return sameLines(left, base) ? right : null;
}

const sameLines = (left: Lines, right: Lines): boolean => left.length === right.length && left.every((line, at) => line === right[at]);

/** `start` counts from 0, people from 1; nothing is left of lines that one side deleted. */
function placeOf({ start, length }: Region['leftPlace']): string {
  if (length === 0) return `after line ${start}`;
  return length === 1 ? `line ${start + 1}` : `lines ${start + 1} to ${start + length}`;
}
