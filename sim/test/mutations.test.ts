import { expect, test } from 'vitest';
import { type MutationName, mutationNames } from '../src/mutations.ts';
import { drawPlan } from '../src/plan/draw-plan.ts';
import { runSimulation } from '../src/run-simulation.ts';

/** The first seed that found each, and how. */
const found: Readonly<Record<MutationName, readonly [seed: number, violation: RegExp]>> = {
  'cursor-outside': [3, /have come to different trees|another digest than the hub/],
  'forgets-early': [1, /a tombstone .* was forgotten after/],
  'counter-reused': [24, /operations that the hub has not|is at 0\.0, the hub at/],
  'stamp-decides': [1, /taken away by someone who had not seen it|had flushed is not in the log/],
  'flushed-late': [4, /is named and not there, or not whole|and lacks its bytes/],
  'feed-past-uncommitted': [4, /have come to different trees|another digest than the hub/],
  'epoch-ignored': [18, /was integrated before .* which its author had seen/],
  'number-is-enough': [105_695, /had flushed is not in the log|had flushed is lost/],
};
/** A change of the product changes when things happen, and with that the seed: it is looked for a little further. */
const furtherMax = 40;

test.each(mutationNames)('a fault is found: %s', async (mutation) => {
  const [first, violation] = found[mutation];
  let seed = first;
  let told: string | null = null;
  for (; told?.match(violation) == null && seed <= first + furtherMax; seed++)
    told = (await runSimulation(drawPlan(seed), { mutation })).violation;
  expect(told).toMatch(violation);
  expect((await runSimulation(drawPlan(seed - 1))).violation, 'without the fault').toBeNull();
});
