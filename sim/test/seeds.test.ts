import { expect, test } from 'vitest';
import { runSeeds } from '../src/run-seeds.ts';

const seeds = Number(process.env['JZSE_SEEDS'] ?? 200);

test(`[SY1] [SY4] [SY10] [SY11] [SY13] ${seeds} seeds of hub and regions on simulated machines break no rule`, {
  timeout: 600_000,
}, async () => {
  const run = await runSeeds({ seeds, first: 1, brokenMax: 3 });
  const told = run.broken.map(({ seed, violation }) => `npm run sim -- --seeds 1 --first ${seed}: ${violation}`);
  expect(told).toEqual([]);
  expect(run.runs).toBe(seeds);
});
