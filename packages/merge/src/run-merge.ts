import { Worker } from 'node:worker_threads';
import type { MergeFailure, MergeResult, TextStrategy } from './merge-result.ts';
import { mergeVersions } from './merge-versions.ts';

/** One version as a plug-in sees it. */
export interface VersionText {
  readonly text: string;
  readonly region: string;
  readonly user: string;
}
export interface MergeRequest {
  /** `/plans/a.md` */
  readonly path: string;
  readonly base: string | null;
  /** In an order that is the same wherever they are merged. */
  readonly versions: readonly VersionText[];
  readonly how: { readonly strategy: TextStrategy } | { readonly strategy: 'plugin'; readonly source: string };
}

/** What the thread is given, and what it says: when it is ready, then what became of the merge. */
export interface MergeWork {
  readonly request: MergeRequest;
  readonly pluginMsMax: number;
}
export type MergeWord = { readonly type: 'ready' } | { readonly type: 'done'; readonly outcome: MergeResult | MergeFailure };

/** Characters that are merged where the caller is; more, and every plug-in, in a thread. */
const inlineCharactersMax = 8 * 1024;
const pluginMsMax = 2_000;
/** A plug-in is interrupted from within; this is for what does not listen. */
const graceMs = 1_000;
const strategyMsMax = 20_000;
/** Loading the interpreter on a busy machine. */
const startMsMax = 30_000;
const threadHeapMb = 512;

/**
 * Merges without holding up the caller's event loop, within limits of time and memory. Never rejects: what goes wrong is a `MergeFailure`
 * that says why. The thread is ended whatever happens, and when `signal` is aborted.
 */
export async function runMerge(request: MergeRequest, signal?: AbortSignal): Promise<MergeResult | MergeFailure> {
  const { how, base, versions } = request;
  const characters = versions.reduce((sum, version) => sum + version.text.length, base?.length ?? 0);
  if (how.strategy !== 'plugin' && characters <= inlineCharactersMax)
    return mergeVersions(how.strategy, { base, versions: versions.map((version) => version.text) });
  return inThread({ request, pluginMsMax }, signal);
}

async function inThread(work: MergeWork, signal: AbortSignal | undefined): Promise<MergeResult | MergeFailure> {
  const worker = new Worker(new URL('./merge-worker.ts', import.meta.url), {
    workerData: work,
    env: {},
    stdin: false,
    resourceLimits: { maxOldGenerationSizeMb: threadHeapMb },
  });
  try {
    return await outcomeOf(worker, work, signal);
  } finally {
    await worker.terminate();
  }
}

function outcomeOf(worker: Worker, work: MergeWork, signal: AbortSignal | undefined): Promise<MergeResult | MergeFailure> {
  const runMsMax = work.request.how.strategy === 'plugin' ? work.pluginMsMax + graceMs : strategyMsMax;
  return new Promise((resolve) => {
    const settle = (outcome: MergeResult | MergeFailure): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const late = (ms: number) => setTimeout(() => settle(failed('time', `the merge took longer than ${ms / 1000} seconds`)), ms);
    const onAbort = (): void => settle(failed('thread', 'the merge was given up'));
    let timer = late(startMsMax);
    worker.on('message', (word: MergeWord) => {
      if (word.type === 'done') return settle(word.outcome);
      clearTimeout(timer);
      timer = late(runMsMax);
    });
    worker.on('error', (cause: Error & { readonly code?: string }) =>
      settle(
        cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
          ? failed('memory', 'the merge needs more memory than it may have')
          : failed('thread', `the merge broke off: ${cause.message}`),
      ),
    );
    worker.on('exit', () => settle(failed('thread', 'the merge broke off')));
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort);
  });
}

const failed = (why: MergeFailure['why'], reason: string): MergeFailure => ({ type: 'failed', why, reason });
