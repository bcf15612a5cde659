import { diffArrays } from 'diff';

/** Which line of the right sequence each line of the left one is; -1: none. */
export type LineMatches = Int32Array;

/** Lines that may differ, both sides counted, and only those that either side has somewhere. Bounds time and memory by its square. */
const editsMax = 2_000;

/**
 * A longest common subsequence. Null where more than `editsMax` lines differ: that is no change but another text. Lines that the other side
 * does not have at all are put aside first, so that a long addition is no difference to search for.
 */
export function matchLines(left: readonly string[], right: readonly string[]): LineMatches | null {
  const leftShared = placesShared(left, right);
  const rightShared = placesShared(right, left);
  const runs = diffArrays(linesAt(left, leftShared), linesAt(right, rightShared), { maxEditLength: editsMax });
  if (runs === undefined) return null;
  const matches = new Int32Array(left.length).fill(-1);
  let from = { left: 0, right: 0 };
  for (const { added, removed, count } of runs) {
    const isCommon = !added && !removed;
    for (let at = 0; isCommon && at < count; at++) matches[leftShared[from.left + at] as number] = rightShared[from.right + at] as number;
    from = { left: from.left + (added ? 0 : count), right: from.right + (removed ? 0 : count) };
  }
  return matches;
}

/** Where those lines stand that the other side has too. */
function placesShared(lines: readonly string[], others: readonly string[]): number[] {
  const there = new Set(others);
  const places: number[] = [];
  for (const [at, line] of lines.entries()) if (there.has(line)) places.push(at);
  return places;
}

const linesAt = (lines: readonly string[], places: readonly number[]): string[] => places.map((at) => lines[at] as string);
