import type { RegionStore } from '@jzse/db/region';
import { comparePositions, type FeedPosition, type SpaceId } from '@jzse/sync';
import { sleep } from './sleep.ts';

export interface PruneLogDeps {
  readonly store: Pick<RegionStore, 'listSpaces' | 'cursor' | 'pruneFeed'>;
  /** Up to here no hub can lose what this region has; null if it is not known. */
  readonly safePosition: (space: SpaceId) => FeedPosition | null;
  /** Between two steps: others come first. */
  readonly pauseMs?: number;
}

const rowsPerStepMax = 500;
const defaultPauseMs = 20;

/** Drops the rows of the own log that need not be offered to any hub any more (SY10), in small steps. Answers how many went. */
export async function pruneLog(deps: PruneLogDeps, signal: AbortSignal): Promise<number> {
  let rows = 0;
  for (const space of await deps.store.listSpaces()) {
    const safe = deps.safePosition(space);
    const { position } = await deps.store.cursor(space);
    // A position of another epoch says nothing of the rows that are kept here.
    if (safe === null || safe.epoch !== position.epoch) continue;
    rows += await pruneUpTo(deps, { space, upTo: comparePositions(safe, position) < 0 ? safe : position }, signal);
  }
  return rows;
}

async function pruneUpTo(
  { store, pauseMs }: PruneLogDeps,
  { space, upTo }: { readonly space: SpaceId; readonly upTo: FeedPosition },
  signal: AbortSignal,
): Promise<number> {
  let rows = 0;
  while (!signal.aborted) {
    const pruned = await store.pruneFeed(space, upTo, rowsPerStepMax);
    rows += pruned;
    if (pruned < rowsPerStepMax) break;
    await sleep(pauseMs ?? defaultPauseMs, signal);
  }
  return rows;
}
