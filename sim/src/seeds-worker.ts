import { parentPort, workerData } from 'node:worker_threads';
import type { MutationName } from './mutations.ts';
import { drawPlan } from './plan/draw-plan.ts';
import type { SeedRun } from './run-seeds.ts';
import { runSimulation } from './run-simulation.ts';

const mutation = workerData as MutationName | null;

parentPort?.on('message', async (seed: number | null) => {
  if (seed === null) {
    parentPort?.close();
    return;
  }
  const plan = drawPlan(seed);
  const { violation, hash } = await runSimulation(plan, mutation === null ? {} : { mutation });
  parentPort?.postMessage({ seed, violation, hash, steps: plan.steps.length } satisfies SeedRun);
});
