import { expect, test } from 'vitest';
import type { Mutation } from '../src/core/mutations.ts';
import { mutations } from '../src/core/mutations.ts';
import { runHistory } from '../src/core/run-history.ts';

const seedsMax = 2_000;
/** Needs two logs that meet at one place by chance. */
const rarelyFound = new Set<Mutation>(['beginning-unchecked']);

/** The first seed that finds each fault. When the simulation draws otherwise, find them anew: seeds from 1 on with the mutation until one throws. */
const firstSeeds: Record<Mutation, number> = {
  'stamp-decides': 1,
  'tombstone-early': 5,
  'counter-reused': 14,
  'hub-counter-reused': 1031,
  'no-fence': 20,
  'cursor-unchecked': 2,
  'beginning-unchecked': 4895,
  'no-tail': 5,
  'no-reoffer': 2,
  'also-dropped': 23,
  'observed-ignored': 6,
  'delete-wins': 5,
  'seen-heads-kept': 528,
  'strays-kept': 344,
  'forks-ignored': 345,
  'creates-apart': 1,
  'cycle-allowed': 22,
  'cursor-ahead': 2,
};

test.each(mutations)('the simulation finds the fault "%s"', (mutation) => {
  const seed = firstSeeds[mutation];
  if (!rarelyFound.has(mutation)) expect(seed).toBeLessThanOrEqual(seedsMax);
  expect(() => runHistory(seed)).not.toThrow();
  expect(() => runHistory(seed, { mutation })).toThrow();
});
