import type { OpenRegionStore, Unheld } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { FeedPosition, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import { bringUnheld } from './bring-unheld.ts';
import { collectGarbage } from './collect-garbage.ts';
import { expireUploads } from './expire-uploads.ts';
import { pruneJournal } from './prune-journal.ts';
import { pruneLog } from './prune-log.ts';
import { scrubChunks } from './scrub-chunks.ts';
import { sleep } from './sleep.ts';

export interface MaintenanceDeps {
  readonly store: OpenRegionStore;
  readonly chunks: ChunkStore;
  /** Where the chunk store keeps its files. */
  readonly chunkFolder: string;
  /** Up to here no hub can lose what this region has; null if it is not known. */
  readonly safePosition: (space: SpaceId) => FeedPosition | null;
  readonly bringBack: (contents: Unheld['items']) => Promise<void>;
  readonly pruneLogEveryMs: number;
  readonly nowMs: () => number;
  readonly random?: () => number;
  readonly logger: Logger;
}

export interface Maintenance {
  /** Ends after the step that is under way. */
  stop(): Promise<void>;
}

const expireEveryMs = 60_000;
const bringEveryMs = 5 * 60_000;
const collectEveryMs = 10 * 60_000;
const pruneJournalEveryMs = 60 * 60_000;
const scrubEveryMs = 24 * 60 * 60_000;

/** Work that keeps the region tidy, each at its own pace, with jitter so that regions on one machine do not work in step. */
export function startMaintenance(deps: MaintenanceDeps): Maintenance {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tasks = [
    repeat(deps, { everyMs: expireEveryMs, signal }, async () => {
      const uploads = await expireUploads(deps, signal);
      if (uploads > 0) deps.logger.info({ uploads }, 'expired uploads were removed');
    }),
    repeat(deps, { everyMs: bringEveryMs, signal }, async () => {
      const contents = await bringUnheld(deps, signal);
      if (contents > 0) deps.logger.info({ contents }, 'contents that were not here are fetched');
    }),
    repeat(deps, { everyMs: collectEveryMs, signal }, async () => {
      const files = await collectGarbage(deps, signal);
      if (files > 0) deps.logger.info({ files }, 'chunks that nothing names were removed');
    }),
    repeat(deps, { everyMs: deps.pruneLogEveryMs, signal }, async () => {
      const rows = await pruneLog(deps, signal);
      if (rows > 0) deps.logger.info({ rows }, 'rows of the log that every hub keeps were dropped here');
    }),
    repeat(deps, { everyMs: pruneJournalEveryMs, signal }, async () => {
      const rows = await pruneJournal(deps, signal);
      if (rows > 0) deps.logger.info({ rows }, 'old changes can be undone no longer');
    }),
    repeat(deps, { everyMs: scrubEveryMs, signal }, async () => {
      const scrubbed = await scrubChunks({ chunks: deps.chunks, index: deps.store.chunkIndex, folder: deps.chunkFolder }, signal);
      deps.logger.info(scrubbed, 'every stored chunk was looked at');
    }),
  ];
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(tasks);
    },
  };
}

/** Resolves when the signal has aborted and no run is under way. A run that fails is logged and comes again. */
async function repeat(
  deps: Pick<MaintenanceDeps, 'logger' | 'random'>,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
  run: () => Promise<void>,
): Promise<void> {
  const random = deps.random ?? Math.random;
  while (!signal.aborted) {
    await sleep(everyMs / 2 + (random() * everyMs) / 2, signal);
    if (signal.aborted) return;
    try {
      await run();
    } catch (cause) {
      deps.logger.warn({ err: cause }, 'maintenance failed and is tried again later');
    }
  }
}
