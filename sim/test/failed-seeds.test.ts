import { expect, test } from 'vitest';
import { drawPlan } from '../src/plan/draw-plan.ts';
import { runSimulation } from '../src/run-simulation.ts';

/** Every seed that ever broke a rule, by what was wrong then. */
const once: readonly (readonly [seed: number, wrong: string])[] = [
  [30, 'transfers that were planned by a clock of the hub an hour ahead waited for that hour'],
  [195, 'the hub went on taking a region to hold what an older copy of its disk had not'],
  [230, 'the same, with other regions'],
  [373, 'a restore on a full disk failed with what the database said'],
  [540, 'so did a read that had to bring bytes here'],
  [1138, 'the hub was rebuilt from a region that had nothing, again and again'],
  [1257, 'a snapshot just after an epoch began brought no rows along, and a hub that lost them did not get them back'],
  [1737, 'rows that an earlier epoch had handed on were dropped before any copy of the hub held them'],
  [104195, 'a delete that went with a disk was looked for under its dot, which the restored disk had given to something else'],
  [104392, 'the same'],
  [105254, 'a version that was made while the hub was away was forgotten days after the hub had it'],
  [105695, 'numbers that a restored disk used again, and that copies of the hub held already, took what was new with them'],
  [112876, 'a transfer that failed while the clock of a region was an hour ahead waited for that hour'],
];

/** With merges by rule, as drawn. */
const merging: readonly (readonly [seed: number, wrong: string])[] = [
  [291, 'a hub that died between taking a conflict and planning its merge never planned it'],
  [574, 'a region whose clock was ahead of the hub’s took every lease of a merge to have ended'],
  [114833, 'a region that was behind told the hub that a merge was over, and nobody was to do it any more'],
  [115015, 'the same'],
  [
    103400,
    'what a disk had sent before it was put back to a copy arrived later, and an operation of the copy was taken as if it had seen that',
  ],
];
const runs = [
  ...once.map(([seed, wrong]) => [seed, wrong, false] as const),
  ...merging.map(([seed, wrong]) => [seed, wrong, true] as const),
];

test.each(runs)('seed %i: %s', async (seed, _wrong, merges) => {
  const plan = drawPlan(seed);
  // Those that failed before there were merges run without them.
  expect((await runSimulation(merges ? plan : { ...plan, merge: [] })).violation).toBeNull();
});
