import { diff3MergeRegions } from 'node-diff3';
import type { MergeResult } from './merge-result.ts';
import { conflict, merged } from './merge-result.ts';
import { append, isTooCostly, linesMax, splitAtAnchors } from './split-at-anchors.ts';
import { joinLines, splitTexts, type TextLines } from './text-lines.ts';

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
  for (const { parts, anchors } of splitAtAnchors([baseLines.lines, leftLines.lines, rightLines.lines])) {
    const [baseLength = 0, leftLength = 0, rightLength = 0] = parts.map((part) => part.lines.length);
    if (isTooCostly([baseLength, leftLength, rightLength])) return conflict(tooMuch);
    const [basePart, leftPart, rightPart] = parts.map((part) => [...part.lines]) as [string[], string[], string[]];
    for (const region of regionsOf(basePart, leftPart, rightPart)) {
      if (region.stable) append(lines, region.bufferContent);
      else if (sameLines(region.aContent, region.bContent)) append(lines, region.aContent);
      else places.push(placeOf((parts[1]?.start ?? 0) + region.aStart, region.aLength));
    }
    append(lines, anchors);
  }
  if (places.length > 0) return conflict('both sides changed the same lines', places);
  return merged(joinLines(lines, { base: baseLines, left: leftLines, right: rightLines }));
}

export const tooMuch = 'there are too many lines, or too many that are alike, to merge them';

const regionsOf = (base: string[], left: string[], right: string[]): ReturnType<typeof diff3MergeRegions<string>> =>
  base.length + left.length + right.length === 0 ? [] : diff3MergeRegions(left, base, right);

const sameLines = (left: readonly string[], right: readonly string[]): boolean =>
  left.length === right.length && left.every((line, at) => line === right[at]);

/** `start` counts from 0, people from 1; nothing is left of lines that one side deleted. */
function placeOf(start: number, length: number): string {
  if (length === 0) return `after line ${start}`;
  return length === 1 ? `line ${start + 1}` : `lines ${start + 1} to ${start + length}`;
}
