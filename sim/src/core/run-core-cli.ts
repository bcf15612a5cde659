import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Mutation } from './mutations.ts';
import { mutations } from './mutations.ts';
import type { SeedRange, SeedsRun } from './run-seeds.ts';
import { traceSeed } from './run-seeds.ts';

export interface CoreRunOptions {
  /** Histories to run. */
  readonly seeds: number;
  readonly first?: number;
  /** Threads; as many as there are processors where it is not given. */
  readonly workers?: number;
  /** A fault to switch on, to see that it is found. */
  readonly mutation?: string;
  /** Steps that are shown of the first history that broke. */
  readonly traceLinesMax?: number;
  readonly print?: (line: string) => void;
}

/** Runs histories of the core alone and prints what came of it; resolves to the exit code: 0, or 1 where a history broke a rule. */
export async function runCoreCli(options: CoreRunOptions): Promise<number> {
  const print = options.print ?? ((line: string) => void process.stdout.write(`${line}\n`));
  const first = options.first ?? 1;
  const mutation = namedMutation(options.mutation);
  const workers = Math.max(1, Math.min(options.workers ?? availableParallelism(), options.seeds));
  const startedMs = performance.now();
  const share = Math.ceil(options.seeds / workers);
  const ranges = Array.from({ length: workers }, (_, index) => ({
    first: first + index * share,
    count: Math.max(0, Math.min(share, options.seeds - index * share)),
    ...mutation,
  }));
  const runs = await Promise.all(ranges.map(runInWorker));
  const seconds = (performance.now() - startedMs) / 1000;
  const total = (count: (run: SeedsRun) => number): number => runs.reduce((sum, run) => sum + count(run), 0);
  const histories = total((run) => run.histories);
  print(
    `core: ${histories} histories from seed ${first} in ${seconds.toFixed(1)} s (${Math.round(histories / seconds / workers)} a second and thread), ` +
      `${total((run) => run.operations)} operations, ${total((run) => run.failOvers)} fail-overs`,
  );
  const broken = runs.flatMap((run) => run.broken);
  for (const { seed, message } of broken) print(`seed ${seed}: ${message.split('\n')[0]}`);
  const [worst] = broken;
  if (worst === undefined) return 0;
  print(`\nthe end of history ${worst.seed} (npm run sim -- --core --seeds 1 --first ${worst.seed}):`);
  for (const line of traceSeed(worst.seed, { linesMax: options.traceLinesMax ?? 60, ...mutation })) print(`  ${line}`);
  return 1;
}

function namedMutation(name: string | undefined): { readonly mutation?: Mutation } {
  if (name === undefined) return {};
  const mutation = mutations.find((known) => known === name);
  if (mutation === undefined) throw new Error(`no fault is called ${name}; there are: ${mutations.join(', ')}`);
  return { mutation };
}

function runInWorker(range: SeedRange): Promise<SeedsRun> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./seeds-worker.ts', import.meta.url), { workerData: range });
    let done: SeedsRun | null = null;
    worker.on('message', (message: { readonly type: 'progress' } | { readonly type: 'done'; readonly run: SeedsRun }) => {
      if (message.type === 'done') done = message.run;
    });
    worker.once('error', reject);
    worker.once('exit', () => (done === null ? reject(new Error('a thread of the simulation ended early')) : resolve(done)));
  });
}
