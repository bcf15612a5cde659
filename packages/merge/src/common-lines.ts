/** Which line of the right sequence each line of the left one is; -1: none. */
export type LineMatches = Int32Array;

/** Lines that may differ in a stretch, both sides counted, and only those that either side has somewhere. Bounds time and memory by its square. */
const editsMax = 4_000;

/**
 * A longest common subsequence (Myers, "An O(ND) Difference Algorithm and Its Variations", 1986), after common start and end, and lines that
 * the other side does not have at all, are put aside. Null where more than `max` lines differ: that is no change but another text.
 */
export function matchLines(left: readonly string[], right: readonly string[], max = editsMax): LineMatches | null {
  const matches = new Int32Array(left.length).fill(-1);
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) matches[start] = start++;
  let tail = 0;
  while (tail < Math.min(left.length, right.length) - start && left.at(-1 - tail) === right.at(-1 - tail)) tail++;
  for (let at = 1; at <= tail; at++) matches[left.length - at] = right.length - at;
  const known = new Map<string, number>();
  const leftIds = numbered(left, { from: start, to: left.length - tail, known });
  const rightIds = numbered(right, { from: start, to: right.length - tail, known });
  const leftShared = sharedWith(rightIds, leftIds);
  const rightShared = sharedWith(leftIds, rightIds);
  const pairs = shortestEdit(
    leftShared.map((at) => leftIds[at] as number),
    rightShared.map((at) => rightIds[at] as number),
    max,
  );
  if (pairs === null) return null;
  for (const [leftAt, rightAt] of pairs) matches[start + (leftShared[leftAt] as number)] = start + (rightShared[rightAt] as number);
  return matches;
}

/** Equal lines have equal numbers. */
function numbered(
  lines: readonly string[],
  { from, to, known }: { readonly from: number; readonly to: number; readonly known: Map<string, number> },
): number[] {
  const ids: number[] = [];
  for (let at = from; at < to; at++) {
    const line = lines[at] as string;
    const id = known.get(line) ?? known.size;
    known.set(line, id);
    ids.push(id);
  }
  return ids;
}

/** Places of those ids that the other side has too. */
function sharedWith(others: readonly number[], ids: readonly number[]): number[] {
  const there = new Set(others);
  const places: number[] = [];
  for (const [at, id] of ids.entries()) if (there.has(id)) places.push(at);
  return places;
}

function shortestEdit(left: readonly number[], right: readonly number[], max: number): [number, number][] | null {
  const furthest: Int32Array[] = [];
  const limit = Math.min(max, left.length + right.length);
  let reached = new Int32Array(3);
  for (let edits = 0; edits <= limit; edits++) {
    const next = new Int32Array(2 * edits + 3);
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      let x = edits === 0 ? 0 : stepTo(reached, edits, diagonal);
      let y = x - diagonal;
      while (x < left.length && y < right.length && left[x] === right[y]) {
        x++;
        y++;
      }
      next[diagonal + edits + 1] = x;
      if (x >= left.length && y >= right.length) return pairsOf([...furthest, next], left.length, right.length);
    }
    furthest.push(next);
    reached = next;
  }
  return null;
}

/** How far one more edit leads on a diagonal; `reached` is of one edit fewer. */
const stepTo = (reached: Int32Array, edits: number, diagonal: number): number => {
  const offset = edits;
  const down = reached[diagonal + 1 + offset] ?? -1;
  const along = reached[diagonal - 1 + offset] ?? -1;
  return isDown({ edits, diagonal, down, along }) ? down : along + 1;
};

const isDown = (at: { readonly edits: number; readonly diagonal: number; readonly down: number; readonly along: number }): boolean =>
  at.diagonal === -at.edits || (at.diagonal !== at.edits && at.along < at.down);

/** The way back from the end: every step along a diagonal is a pair. */
function pairsOf(furthest: readonly Int32Array[], leftLength: number, rightLength: number): [number, number][] {
  const pairs: [number, number][] = [];
  let [x, y] = [leftLength, rightLength];
  for (let edits = furthest.length - 1; edits >= 0; edits--) {
    const diagonal = x - y;
    let [fromX, fromY] = [0, 0];
    if (edits > 0) {
      const reached = furthest[edits - 1] as Int32Array;
      const down = reached[diagonal + 1 + edits] ?? -1;
      const along = reached[diagonal - 1 + edits] ?? -1;
      const wentDown = isDown({ edits, diagonal, down, along });
      fromX = wentDown ? down : along + 1;
      fromY = fromX - diagonal;
      while (x > fromX && y > fromY) pairs.push([--x, --y]);
      if (wentDown) y = fromY - 1;
      else x = fromX - 1;
    } else while (x > fromX && y > fromY) pairs.push([--x, --y]);
  }
  return pairs.reverse();
}
