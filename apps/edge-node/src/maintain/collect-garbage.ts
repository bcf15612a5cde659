import type { RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { Hash } from '@jzse/sync';
import { sleep } from './sleep.ts';

export interface CollectDeps {
  readonly store: Pick<RegionStore, 'releaseChunks'>;
  readonly chunks: Pick<ChunkStore, 'remove'>;
  readonly nowMs: () => number;
  /** Between two steps: others come first. */
  readonly pauseMs?: number;
}

/**
 * A chunk that nothing names stays this long after somebody last put it or asked for it. Leases are renewed only when they are
 * a minute old (packages/db, `chunk-index.ts`), so at least 59 minutes are left for naming it.
 *
 * Collection cannot race an upload: a commit checks its chunks in the transaction that names them, and releasing is a transaction
 * of the same database. Whichever is first decides; a client that comes second is told that chunks are missing. A transfer does not
 * check again when it ends: it ends within moments of asking, or has recorded its manifest first. Files are unlinked by the chunk
 * store, which leaves a chunk that was put again meanwhile.
 */
export const leaseGraceMs = 60 * 60_000;

const chunksPerStepMax = 500;
const defaultPauseMs = 20;

/** One walk over all chunks, in small steps. Answers how many files went. */
export async function collectGarbage(deps: CollectDeps, signal: AbortSignal): Promise<number> {
  let files = 0;
  let after: Hash | null = null;
  do {
    const leaseEndedBeforeMs = deps.nowMs() - leaseGraceMs;
    const released: Awaited<ReturnType<RegionStore['releaseChunks']>> = await deps.store.releaseChunks({
      leaseEndedBeforeMs,
      after,
      limit: chunksPerStepMax,
    });
    if (released.files.length > 0) await deps.chunks.remove(released.files);
    files += released.files.length;
    after = released.next;
    if (after !== null) await sleep(deps.pauseMs ?? defaultPauseMs, signal);
  } while (after !== null && !signal.aborted);
  return files;
}
