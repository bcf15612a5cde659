import type { RegionStore, Unheld } from '@jzse/db/region';
import { sleep } from './sleep.ts';

export interface BringUnheldDeps {
  readonly store: Pick<RegionStore, 'unheldContents' | 'wantedCount'>;
  readonly bringBack: (contents: Unheld['items']) => Promise<void>;
  /** Between two steps: others come first. */
  readonly pauseMs?: number;
}

const contentsPerStepMax = 500;
const defaultPauseMs = 20;
/** Pauses in which a step's contents must have come, or the walk is begun anew another time. */
const pausesPerStepMax = 1_000;

/**
 * Fetches what versions name, what is not here, and what nobody is about to bring: the hub may take this region to hold what an older
 * copy of its disk has not. Stops where transfers stay under way. Answers how many contents were fetched.
 */
export async function bringUnheld(deps: BringUnheldDeps, signal: AbortSignal): Promise<number> {
  const pause = (): Promise<void> => sleep(deps.pauseMs ?? defaultPauseMs, signal);
  const { store, bringBack } = deps;
  let contents = 0;
  let after: Unheld['next'] = null;
  do {
    if (!(await isIdle(deps, contents === 0 ? 1 : pausesPerStepMax, pause))) return contents;
    const step: Unheld = await store.unheldContents({ after, limit: contentsPerStepMax });
    if (step.items.length > 0) await bringBack(step.items);
    contents += step.items.length;
    after = step.next;
    if (after !== null) await pause();
  } while (after !== null && !signal.aborted);
  return contents;
}

async function isIdle({ store }: BringUnheldDeps, looksMax: number, pause: () => Promise<void>): Promise<boolean> {
  for (let looks = 0; looks < looksMax; looks++) {
    if (looks > 0) await pause();
    if ((await store.wantedCount()) === 0) return true;
  }
  return false;
}
