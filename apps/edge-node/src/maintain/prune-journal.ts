import type { RegionStore } from '@jzse/db/region';
import { sleep } from './sleep.ts';

export interface PruneJournalDeps {
  readonly store: Pick<RegionStore, 'pruneJournal'>;
  readonly nowMs: () => number;
  readonly pauseMs?: number;
}

/** A change can be undone for so long. */
export const journalKeptMs = 7 * 24 * 60 * 60_000;
const rowsPerStepMax = 500;
const defaultPauseMs = 20;

/** Answers how many rows went. */
export async function pruneJournal({ store, nowMs, pauseMs }: PruneJournalDeps, signal: AbortSignal): Promise<number> {
  let rows = 0;
  while (!signal.aborted) {
    const pruned = await store.pruneJournal(nowMs() - journalKeptMs, rowsPerStepMax);
    rows += pruned;
    if (pruned < rowsPerStepMax) break;
    await sleep(pauseMs ?? defaultPauseMs, signal);
  }
  return rows;
}
