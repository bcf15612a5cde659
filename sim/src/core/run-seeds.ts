import type { Mutation } from './mutations.ts';
import { runHistory } from './run-history.ts';

export interface SeedRange {
  readonly first: number;
  readonly count: number;
  readonly mutation?: Mutation;
}
export interface BrokenSeed {
  readonly seed: number;
  readonly message: string;
}
export interface SeedsRun {
  histories: number;
  operations: number;
  failOvers: number;
  readonly broken: BrokenSeed[];
}

/** Broken seeds that are kept; a fault that breaks more is known well enough. */
const brokenMax = 20;

/** Runs histories one after another; `hear` gets what was done every so often. Stops early once too much is broken. */
export function runSeeds(range: SeedRange, hear: (run: SeedsRun) => void): SeedsRun {
  const run: SeedsRun = { histories: 0, operations: 0, failOvers: 0, broken: [] };
  for (let seed = range.first; seed < range.first + range.count && run.broken.length < brokenMax; seed++) {
    try {
      const { operations, failOvers } = runHistory(seed, mutated(range));
      run.operations += operations;
      run.failOvers += failOvers;
    } catch (cause) {
      run.broken.push({ seed, message: cause instanceof Error ? cause.message : String(cause) });
    }
    if (++run.histories % 500 === 0) hear(run);
  }
  return run;
}

/** What happened in one history, for a person to read, up to what broke. */
export function traceSeed(seed: number, options: { readonly linesMax: number; readonly mutation?: Mutation }): string[] {
  const lines: string[] = [];
  try {
    runHistory(seed, { ...mutated(options), tell: (line) => void lines.push(line) });
    lines.push('nothing broke');
  } catch (cause) {
    lines.push(cause instanceof Error ? cause.message : String(cause));
  }
  return lines.slice(-options.linesMax);
}

const mutated = ({ mutation }: { readonly mutation?: Mutation }): { readonly mutation?: Mutation } =>
  mutation === undefined ? {} : { mutation };
