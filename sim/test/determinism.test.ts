import { expect, test } from 'vitest';
import { drawPlan } from '../src/plan/draw-plan.ts';
import { runSeeds } from '../src/run-seeds.ts';
import { runSimulation } from '../src/run-simulation.ts';

test('a run is a function of its seed: again, after others, and in another thread', async () => {
  const seeds = [3, 7, 12, 21];
  const first = new Map<number, string>();
  for (const seed of seeds) first.set(seed, (await runSimulation(drawPlan(seed))).hash);
  for (const seed of seeds.toReversed()) expect((await runSimulation(drawPlan(seed))).hash, `seed ${seed}`).toBe(first.get(seed));
  expect(new Set(first.values()).size).toBe(seeds.length);
  await runSeeds({ seeds: 1, first: 7, onRun: ({ hash }) => expect(hash).toBe(first.get(7)) });
});

test('the machine has its timers back after a run', async () => {
  await runSimulation(drawPlan(1));
  const before = Date.now();
  await new Promise((resolve) => setTimeout(resolve, 1));
  expect(Date.now()).toBeGreaterThanOrEqual(before);
  expect(new Date().getUTCFullYear()).toBe(new Date(before).getUTCFullYear());
});
