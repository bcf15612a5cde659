import type { Plan } from './plan/steps.ts';

export interface ShrinkOptions {
  /** Whether the rule is still broken. */
  readonly isBroken: (plan: Plan) => Promise<boolean>;
  /** Shorter plans that are tried at most. */
  readonly triesMax: number;
}

/** A shorter plan that is broken too: steps are left out, many at once and then fewer, while that is so (Zeller, "Simplifying and Isolating Failure-Inducing Input", 2002). */
export async function shrinkPlan(plan: Plan, { isBroken, triesMax }: ShrinkOptions): Promise<Plan> {
  let shortest = plan;
  let tries = 0;
  for (let size = Math.ceil(plan.steps.length / 2); size >= 1 && tries < triesMax; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    // From the end: what comes after the break is not needed.
    for (let from = shortest.steps.length - size; from > -size && tries < triesMax; from -= size) {
      const start = Math.max(0, from);
      const without = { ...shortest, steps: shortest.steps.filter((_, at) => at < start || at >= start + size) };
      tries++;
      if (await isBroken(without)) shortest = without;
    }
  }
  return shortest;
}
