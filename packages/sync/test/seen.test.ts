import { expect, test } from 'vitest';
import type { Attribution, FeedPosition, Forks, Operation } from '../src/index.ts';
import { hadSeen } from '../src/seen.ts';

const at = (epoch: number, sequence: number): FeedPosition => ({ epoch, sequence });

type Case = readonly [seen: FeedPosition, position: FeedPosition, forks: Forks, expected: boolean];

test.each<readonly [string, Case]>([
  ['what stood before it in its epoch', [at(1, 9), at(1, 9), {}, true]],
  ['nothing that came later', [at(1, 9), at(1, 10), {}, false]],
  ['of earlier epochs what its log had of them', [at(2, 9), at(1, 8), { 1: 8 }, true]],
  ['of later epochs what its own handed on to them', [at(1, 9), at(2, 8), { 1: 8 }, true]],
  ['of later epochs nothing beyond that', [at(1, 9), at(2, 9), { 1: 8 }, false]],
  ['nothing of a log that does not come from its own', [at(1, 9), at(2, 1), {}, false]],
  ['of its own epoch only what the next one kept: under later numbers stands something else', [at(1, 9), at(1, 8), { 1: 7 }, false]],
  ['nothing of the log that took the place of its own', [at(5, 9), at(1, 3), { 1: 20, 5: 0 }, false]],
  ['nothing of that in later epochs either', [at(5, 9), at(6, 3), { 1: 20, 5: 0 }, false]],
])('[SY10] an operation had seen %s', (_, [seen, position, forks, expected]) => {
  const operation = { dot: { replica: 'a:1', counter: 1 }, context: { position: seen, counter: 0 } } as unknown as Operation;
  const stamp = { wallMs: 1, logical: 0, replica: 'b:1' };
  const attribution = { dot: { replica: 'b:1', counter: 1 }, stamp, position } as unknown as Attribution;
  expect(hadSeen(operation, attribution, forks)).toBe(expected);
});
