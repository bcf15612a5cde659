import type { RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { Logger } from 'pino';
import { collectGarbage } from './collect-garbage.ts';
import { expireUploads } from './expire-uploads.ts';

export interface MaintenanceDeps {
  readonly store: RegionStore;
  readonly chunks: ChunkStore;
  readonly nowMs: () => number;
  readonly random?: () => number;
  readonly logger: Logger;
}

export interface Maintenance {
  /** Ends after the step that is under way. */
  stop(): Promise<void>;
}

const expireEveryMs = 60_000;
const collectEveryMs = 10 * 60_000;

/** Work that keeps the region tidy, each at its own pace, with jitter so that regions on one machine do not work in step. */
export function startMaintenance(deps: MaintenanceDeps): Maintenance {
  const stopping = new AbortController();
  const { signal } = stopping;
  const tasks = [
    repeat(deps, { everyMs: expireEveryMs, signal }, async () => {
      const uploads = await expireUploads(deps, signal);
      if (uploads > 0) deps.logger.info({ uploads }, 'expired uploads were removed');
    }),
    repeat(deps, { everyMs: collectEveryMs, signal }, async () => {
      const files = await collectGarbage(deps, signal);
      if (files > 0) deps.logger.info({ files }, 'chunks that nothing names were removed');
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

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
