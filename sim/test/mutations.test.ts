import { describe, expect, test } from 'vitest';
import { type MutationName, mutationNames } from '../src/mutations.ts';
import { drawPlan } from '../src/plan/draw-plan.ts';
import { runSimulation } from '../src/run-simulation.ts';

/** The first seed that finds each, and how. */
const found: Readonly<Record<MutationName, readonly [seed: number, violation: RegExp]>> = {
  'cursor-outside': [3, /have come to different trees/],
  'forgets-early': [1, /a tombstone .* was forgotten after/],
  'counter-reused': [24, /operations that the hub has not/],
  'stamp-decides': [6, /taken away by someone who had not seen it/],
  'flushed-late': [4, /is named and not there, or not whole/],
  'feed-past-uncommitted': [2, /have come to different trees/],
  'epoch-ignored': [18, /was integrated before .* which its author had seen/],
};

describe('a fault is found', () => {
  test.each(mutationNames)('%s', async (mutation) => {
    const [seed, violation] = found[mutation];
    const plan = drawPlan(seed);
    expect((await runSimulation(plan, { mutation })).violation).toMatch(violation);
    expect((await runSimulation(plan)).violation, 'without the fault').toBeNull();
  });
});
