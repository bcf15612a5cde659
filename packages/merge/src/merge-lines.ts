import { matchLines } from './common-lines.ts';
import type { MergeResult } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import { type ThreeWay, tooMuch } from './merge-text.ts';
import { append, joinLines, linesMax, splitTexts, type TextLines } from './text-lines.ts';

/** Union of lines, for logs and lists: what either side added is there, in its order, the left side's first; what either deleted is gone. Never collides. */
export function mergeLines({ base, left, right }: ThreeWay): MergeResult {
  const [baseLines, leftLines, rightLines] = splitTexts([base ?? '', left, right]) as [TextLines, TextLines, TextLines];
  if (Math.max(baseLines.lines.length, leftLines.lines.length, rightLines.lines.length) > linesMax) return conflict(tooMuch);
  const lines = unionOf(baseLines.lines, leftLines.lines, rightLines.lines);
  if (lines === null) return conflict(tooMuch);
  return merged(joinLines(lines, { base: base === null ? leftLines : baseLines, left: leftLines, right: rightLines }));
}

type Lines = readonly string[];

/** Null: too much differs. */
function unionOf(base: Lines, left: Lines, right: Lines): Lines | null {
  const inLeft = matchLines(base, left);
  const inRight = matchLines(base, right);
  if (inLeft === null || inRight === null) return null;
  const leftAdded = withoutPlaces(left, new Set(inLeft));
  const rightAdded = withoutPlaces(right, new Set(inRight));
  const union: string[] = [];
  let from = { left: 0, right: 0 };
  for (let at = 0; at <= base.length; at++) {
    const to = { left: inLeft[at] ?? left.length, right: inRight[at] ?? right.length };
    if (to.left < 0 || to.right < 0) continue;
    const added = together(leftAdded(from.left, to.left), rightAdded(from.right, to.right));
    if (added === null) return null;
    append(union, added);
    if (at < base.length) union.push(base[at] as string);
    from = { left: to.left + 1, right: to.right + 1 };
  }
  return union;
}

const withoutPlaces =
  (lines: Lines, places: ReadonlySet<number>) =>
  (start: number, end: number): Lines =>
    lines.slice(start, end).filter((_, at) => !places.has(start + at));

/** Both sequences in one: what they share once, and before it what each has more. */
function together(left: Lines, right: Lines): Lines | null {
  const matches = matchLines(left, right);
  if (matches === null) return null;
  const all: string[] = [];
  let from = { left: 0, right: 0 };
  for (let at = 0; at <= left.length; at++) {
    const rightAt = matches[at] ?? right.length;
    if (rightAt < 0) continue;
    append(all, left.slice(from.left, at));
    append(all, right.slice(from.right, rightAt));
    if (at < left.length) all.push(left[at] as string);
    from = { left: at + 1, right: rightAt + 1 };
  }
  return all;
}
