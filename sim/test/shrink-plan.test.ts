import { expect, test } from 'vitest';
import type { Plan, Step } from '../src/plan/steps.ts';
import { shrinkPlan } from '../src/shrink-plan.ts';

const step = (atMs: number): Step => ({ atMs, action: { do: 'copy-hub' } });
const plan: Plan = { seed: 1, regions: 2, merge: [], steps: Array.from({ length: 90 }, (_, at) => step(at)) };
const has = ({ steps }: Plan, ...times: readonly number[]): boolean => times.every((atMs) => steps.some((kept) => kept.atMs === atMs));

test('a plan is shortened to the steps without which nothing breaks', async () => {
  const shrunk = await shrinkPlan(plan, { isBroken: async (shorter) => has(shorter, 7, 40, 41), triesMax: 200 });
  expect(shrunk.steps.map(({ atMs }) => atMs)).toEqual([7, 40, 41]);
});

test('it is tried so often and no more', async () => {
  let tries = 0;
  const isBroken = async (shorter: Plan) => {
    tries++;
    return has(shorter, 7, 80);
  };
  const shrunk = await shrinkPlan(plan, { isBroken, triesMax: 5 });
  expect(tries).toBe(5);
  expect(has(shrunk, 7, 80)).toBe(true);
});
