import fc from 'fast-check';
import { expect, test } from 'vitest';
import { matchLines } from '../src/common-lines.ts';
import { mergeText } from '../src/index.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', '', '__proto__'), { maxLength: 24 });

/** By the plain definition. */
function longestCommon(left: readonly string[], right: readonly string[]): number {
  let above = new Array<number>(right.length + 1).fill(0);
  for (const line of left) {
    const row = [0];
    for (const [at, other] of right.entries())
      row.push(line === other ? (above[at] as number) + 1 : Math.max(above[at + 1] as number, row[at] as number));
    above = row;
  }
  return above.at(-1) as number;
}

test('matches equal lines, in order, and as many as can be', () => {
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      const matches = [...(matchLines(left, right) ?? [])];
      const pairs = matches.flatMap((rightAt, leftAt) => (rightAt < 0 ? [] : [[leftAt, rightAt] as const]));
      for (const [leftAt, rightAt] of pairs) expect(left[leftAt]).toBe(right[rightAt]);
      expect(pairs.every(([, rightAt], at) => at === 0 || rightAt > (pairs[at - 1]?.[1] ?? -1))).toBe(true);
      // Lines that the other side lacks are put aside first; what is left is matched as well as can be.
      expect(pairs).toHaveLength(longestCommon(left, right));
    }),
    { numRuns: 2_000 },
  );
});

test('gives up on another text, in bounded time and memory', () => {
  const alternating = (of: string): string[] => Array.from({ length: 100_000 }, (_, at) => (at % 3 === 0 ? of : at % 2 === 0 ? 'x' : 'y'));
  expect(matchLines(alternating('a'), ['b', ...alternating('y').reverse(), 'a', 'c'])).toBeNull();
  const noise = (of: string): string => `${of}\n${alternating(of).join('\n')}\n${of}${of}`;
  expect(mergeText({ base: noise('a'), left: noise('x'), right: noise('y') }).type).toBe('conflict');
});
