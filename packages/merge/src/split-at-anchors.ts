/** The same stretch of several sequences: everything between lines that all of them share. */
export interface Stretch {
  /** One part per sequence, each with where it starts. */
  readonly parts: readonly { readonly start: number; readonly lines: readonly string[] }[];
  /** Follow the parts in every sequence. */
  readonly anchors: readonly string[];
}

/**
 * Cuts sequences at their common start and end, and at lines that each of them has exactly once, in one order (the idea of "patience
 * diff"): the stretches between are compared by themselves. So the cost of a comparison follows what differs, not the square of the length.
 */
export function splitAtAnchors(sequences: readonly (readonly string[])[]): Stretch[] {
  const [first = [], ...others] = sequences;
  const shortest = Math.min(...sequences.map((sequence) => sequence.length));
  let head = 0;
  while (head < shortest && others.every((other) => other[head] === first[head])) head++;
  let tail = 0;
  while (tail < shortest - head && others.every((other) => other.at(-1 - tail) === first.at(-1 - tail))) tail++;
  const middles = sequences.map((sequence) => sequence.slice(head, sequence.length - tail));
  const common = { parts: sequences.map(() => ({ start: 0, lines: [] })), anchors: first.slice(0, head) };
  return [common, ...cutAt(middles, { rows: uniqueRows(middles), offset: head, after: first.slice(first.length - tail) })];
}

/** Where lines stand that every sequence has once; in an order that holds for all. */
function uniqueRows(sequences: readonly (readonly string[])[]): number[][] {
  const places = sequences.map(uniquePlaces);
  const [first = new Map<string, number>(), ...others] = places;
  let rows = [...first].flatMap(([line, at]) => {
    const row = [at, ...others.map((other) => other.get(line) ?? -1)];
    return row.includes(-1) ? [] : [row];
  });
  for (let index = 1; index < sequences.length; index++) rows = longestRising(rows, index);
  return rows;
}

function uniquePlaces(sequence: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const repeated = new Set<string>();
  for (const [at, line] of sequence.entries()) {
    if (places.has(line)) repeated.add(line);
    places.set(line, at);
  }
  for (const line of repeated) places.delete(line);
  return places;
}

/** The longest selection of rows whose column rises (patience sorting). */
function longestRising(rows: readonly number[][], column: number): number[][] {
  const columnOf = (row: number): number => rows[row]?.[column] ?? 0;
  const tops: number[] = [];
  const before = new Map<number, number>();
  for (let row = 0; row < rows.length; row++) {
    let low = 0;
    for (let high = tops.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (columnOf(tops[middle] as number) < columnOf(row)) low = middle + 1;
      else high = middle;
    }
    const previous = tops[low - 1];
    if (previous !== undefined) before.set(row, previous);
    tops[low] = row;
  }
  const chain: number[][] = [];
  for (let row = tops.at(-1); row !== undefined; row = before.get(row)) chain.push(rows[row] as number[]);
  return chain.reverse();
}

function cutAt(
  sequences: readonly (readonly string[])[],
  at: { readonly rows: readonly (readonly number[])[]; readonly offset: number; readonly after: readonly string[] },
): Stretch[] {
  let starts = sequences.map(() => 0);
  const stretches: Stretch[] = [];
  const cut = (ends: readonly number[], anchors: readonly string[]): void => {
    const parts = sequences.map((sequence, index) => {
      const start = starts[index] as number;
      return { start: start + at.offset, lines: sequence.slice(start, ends[index]) };
    });
    stretches.push({ parts, anchors });
    starts = ends.map((end) => end + 1);
  };
  for (const row of at.rows) cut(row, [sequences[0]?.[row[0] as number] ?? '']);
  const ends = sequences.map((sequence) => sequence.length);
  cut(ends, at.after);
  return stretches;
}

/** Lines of one version; more are not merged. */
export const linesMax = 500_000;

/** Adds at the end; unlike a spread argument it does so however much it is. */
export function append(lines: string[], more: readonly string[]): void {
  for (const line of more) lines.push(line);
}
