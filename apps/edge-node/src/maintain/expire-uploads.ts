import type { RegionStore } from '@jzse/db/region';

export interface ExpireDeps {
  readonly store: Pick<RegionStore, 'removeExpiredUploads'>;
  readonly nowMs: () => number;
}

const uploadsPerStepMax = 100;

/** Removes uploads whose time is over, a step at a time; their chunks are then garbage. Answers how many went. */
export async function expireUploads({ store, nowMs }: ExpireDeps, signal: AbortSignal): Promise<number> {
  let removed = 0;
  while (!signal.aborted) {
    const expired = await store.removeExpiredUploads(nowMs(), uploadsPerStepMax);
    removed += expired.length;
    if (expired.length < uploadsPerStepMax) break;
  }
  return removed;
}
