import { diffIndices } from 'node-diff3';
import type { MergeResult } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import { type ThreeWay, tooMuch } from './merge-text.ts';
import { append, isTooCostly, linesMax, splitAtAnchors } from './split-at-anchors.ts';
import { joinLines, splitTexts, type TextLines } from './text-lines.ts';

/** Union of lines, for logs and lists: what either side added is there, in its order, the left side's first; what either deleted is gone. Never collides. */
export function mergeLines({ base, left, right }: ThreeWay): MergeResult {
  const [baseLines, leftLines, rightLines] = splitTexts([base ?? '', left, right]) as [TextLines, TextLines, TextLines];
  if (Math.max(baseLines.lines.length, leftLines.lines.length, rightLines.lines.length) > linesMax) return conflict(tooMuch);
  const lines: string[] = [];
  for (const { parts, anchors } of splitAtAnchors([baseLines.lines, leftLines.lines, rightLines.lines])) {
    const [basePart, leftPart, rightPart] = parts.map((part) => [...part.lines]) as [string[], string[], string[]];
    if (isTooCostly([basePart.length, leftPart.length, rightPart.length]) || isTooCostly([leftPart.length, rightPart.length]))
      return conflict(tooMuch);
    append(lines, unionOf(basePart, leftPart, rightPart));
    append(lines, anchors);
  }
  return merged(joinLines(lines, { base: base === null ? leftLines : baseLines, left: leftLines, right: rightLines }));
}

function unionOf(base: string[], left: string[], right: string[]): string[] {
  const inLeft = commonPlaces(base, left);
  const inRight = commonPlaces(base, right);
  const leftAdded = withoutPlaces(left, new Set(inLeft.values()));
  const rightAdded = withoutPlaces(right, new Set(inRight.values()));
  const union: string[] = [];
  let leftDone = 0;
  let rightDone = 0;
  const takeUpTo = (leftEnd: number, rightEnd: number): void => {
    append(union, together(leftAdded(leftDone, leftEnd), rightAdded(rightDone, rightEnd)));
    leftDone = leftEnd + 1;
    rightDone = rightEnd + 1;
  };
  for (const [at, line] of base.entries()) {
    const leftAt = inLeft.get(at);
    const rightAt = inRight.get(at);
    if (leftAt === undefined || rightAt === undefined) continue;
    takeUpTo(leftAt, rightAt);
    union.push(line);
  }
  takeUpTo(left.length, right.length);
  return union;
}

const withoutPlaces =
  (lines: readonly string[], places: ReadonlySet<number>) =>
  (start: number, end: number): string[] =>
    lines.slice(start, end).filter((_, at) => !places.has(start + at));

/** Both sequences in one: what they share once, and before it what each has more. */
function together(left: string[], right: string[]): string[] {
  if (left.length === 0 || right.length === 0) return [...left, ...right];
  const all: string[] = [];
  let done = 0;
  for (const { buffer1, buffer1Content, buffer2Content } of diffIndices(left, right)) {
    for (const part of [left.slice(done, buffer1[0]), buffer1Content, buffer2Content]) append(all, part);
    done = buffer1[0] + buffer1[1];
  }
  return [...all, ...left.slice(done)];
}

/** Which line of `other` each kept line of `base` is. */
function commonPlaces(base: string[], other: string[]): ReadonlyMap<number, number> {
  const places = new Map<number, number>();
  if (base.length === 0 || other.length === 0) return places;
  let baseAt = 0;
  let otherAt = 0;
  const keep = (until: number): void => {
    while (baseAt < until) places.set(baseAt++, otherAt++);
  };
  for (const { buffer1, buffer2 } of diffIndices(base, other)) {
    keep(buffer1[0]);
    baseAt = buffer1[0] + buffer1[1];
    otherAt = buffer2[0] + buffer2[1];
  }
  keep(base.length);
  return places;
}
