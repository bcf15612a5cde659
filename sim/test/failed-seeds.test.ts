import { expect, test } from 'vitest';
import { drawPlan } from '../src/plan/draw-plan.ts';
import { runSimulation } from '../src/run-simulation.ts';

/** Every seed that ever broke a rule, by what was wrong then. */
const once: readonly (readonly [seed: number, wrong: string])[] = [
  [30, 'transfers that were planned by a clock of the hub an hour ahead waited for that hour'],
  [195, 'the hub went on taking a region to hold what an older copy of its disk had not'],
  [230, 'the same, with other regions'],
];

test.each(once)('seed %i: %s', async (seed) => {
  expect((await runSimulation(drawPlan(seed))).violation).toBeNull();
});
