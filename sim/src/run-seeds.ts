import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { MutationName } from './mutations.ts';

export interface SeedsOptions {
  readonly seeds: number;
  readonly first: number;
  /** A fault to switch on, to see that it is found. */
  readonly mutation?: MutationName;
  /** Threads; as many as there are processors where it is not given. */
  readonly workers?: number;
  /** Ends after so many broken seeds. */
  readonly brokenMax?: number;
  readonly onRun?: (run: SeedRun, done: number) => void;
}
export interface SeedRun {
  readonly seed: number;
  /** Null: every rule held. */
  readonly violation: string | null;
  readonly hash: string;
  readonly steps: number;
}
export interface SeedsRun {
  readonly runs: number;
  readonly steps: number;
  readonly seconds: number;
  readonly workers: number;
  /** In the order of seeds. */
  readonly broken: readonly SeedRun[];
}

/** Runs seeds on threads; each takes the next seed that none has. A seed that breaks a rule is named, whatever the others do. */
export async function runSeeds(options: SeedsOptions): Promise<SeedsRun> {
  const { seeds, first, brokenMax = 20 } = options;
  const workers = Math.max(1, Math.min(options.workers ?? availableParallelism(), seeds));
  const startedMs = performance.now();
  const broken: SeedRun[] = [];
  const total = { runs: 0, steps: 0 };
  let next = first;
  const hasMore = (): boolean => next < first + seeds && broken.length < brokenMax;
  const takeSeed = (): number | null => (hasMore() ? next++ : null);
  const note = (run: SeedRun): void => {
    total.runs++;
    total.steps += run.steps;
    if (run.violation !== null) broken.push(run);
    options.onRun?.(run, total.runs);
  };
  const runThreads = async (): Promise<void> => {
    while (hasMore()) await runWorker(options, { takeSeed, note });
  };
  await Promise.all(Array.from({ length: workers }, runThreads));
  const seconds = (performance.now() - startedMs) / 1000;
  return { ...total, seconds, workers, broken: broken.sort((left, right) => left.seed - right.seed) };
}

/** A thread that has run a world keeps some of it: after so many it makes way for a new one. */
const seedsPerThreadMax = 150;

interface Work {
  readonly takeSeed: () => number | null;
  readonly note: (run: SeedRun) => void;
}

function runWorker({ mutation }: SeedsOptions, { takeSeed, note }: Work): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./seeds-worker.ts', import.meta.url), { workerData: mutation ?? null });
    let underWay: number | null = null;
    let given = 0;
    const giveNext = (): void => {
      underWay = given++ < seedsPerThreadMax ? takeSeed() : null;
      worker.postMessage(underWay);
    };
    worker.on('message', (run: SeedRun) => {
      note(run);
      giveNext();
    });
    worker.once('error', (cause) => reject(new Error(`seed ${underWay} ended its thread`, { cause })));
    worker.once('exit', () => (underWay === null ? resolve() : reject(new Error(`seed ${underWay} ended its thread`))));
    giveNext();
  });
}
