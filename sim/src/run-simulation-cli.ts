import { type MutationName, mutationNames } from './mutations.ts';
import { drawPlan } from './plan/draw-plan.ts';
import type { Plan } from './plan/steps.ts';
import { runSeeds } from './run-seeds.ts';
import { runSimulation, type SimulationRun } from './run-simulation.ts';
import { shrinkPlan } from './shrink-plan.ts';

export interface CliOptions {
  /** Runs. */
  readonly seeds: number;
  readonly first: number;
  readonly workers?: number;
  /** A fault to switch on, to see that it is found. */
  readonly mutation?: string;
  /** Prints all of the first seed rather than running many. */
  readonly isTraced?: boolean;
  readonly print?: (line: string) => void;
}

const progressEvery = 1_000;
const shrinkTriesMax = 80;
const traceLinesMax = 80;

/** Runs seeds and prints what came of it; resolves to the exit code: 0, or 1 where a rule was broken. */
export async function runSimulationCli(options: CliOptions): Promise<number> {
  const print = options.print ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const mutation = namedMutation(options.mutation);
  if (options.isTraced === true) return printTrace(await runSimulation(drawPlan(options.first), mutation), print);
  const { seeds, first } = options;
  const { runs, steps, seconds, workers, broken } = await runSeeds({
    seeds,
    first,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    ...mutation,
    onRun: ({ seed, violation }, done) => {
      if (violation !== null) print(`seed ${seed}: ${violation.split('\n')[0]}`);
      if (done % progressEvery === 0) print(`${done} seeds done`);
    },
  });
  print(
    `${runs} seeds from ${options.first} in ${seconds.toFixed(1)} s: ${(runs / seconds).toFixed(1)} a second on ${workers} threads, ${steps} steps, ${broken.length} broken`,
  );
  const [worst] = broken;
  if (worst === undefined) return 0;
  print(`\nseed ${worst.seed} shrinks (npm run sim -- --seeds 1 --first ${worst.seed}) ...`);
  const shrunk = await shrink(drawPlan(worst.seed), mutation);
  print(`${shrunk.plan.regions} regions, ${shrunk.plan.steps.length} steps:`);
  for (const { atMs, action } of shrunk.plan.steps) print(`  ${(atMs / 1000).toFixed(3)} ${JSON.stringify(action)}`);
  print('what happened, to its end:');
  return printTrace(shrunk.run, print);
}

function namedMutation(name: string | undefined): { readonly mutation?: MutationName } {
  if (name === undefined) return {};
  const mutation = mutationNames.find((known) => known === name);
  if (mutation === undefined) throw new Error(`no fault is called ${name}; there are: ${mutationNames.join(', ')}`);
  return { mutation };
}

async function shrink(
  plan: Plan,
  mutation: ReturnType<typeof namedMutation>,
): Promise<{ readonly plan: Plan; readonly run: SimulationRun }> {
  const isBroken = async (shorter: Plan): Promise<boolean> => (await runSimulation(shorter, mutation)).violation !== null;
  const shrunk = await shrinkPlan(plan, { isBroken, triesMax: shrinkTriesMax });
  return { plan: shrunk, run: await runSimulation(shrunk, mutation) };
}

function printTrace({ lines, violation }: SimulationRun, print: (line: string) => void): number {
  for (const line of lines.slice(-traceLinesMax)) print(`  ${line}`);
  print(violation ?? 'every rule held');
  return violation === null ? 0 : 1;
}
