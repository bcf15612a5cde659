import { setTimeout as sleep } from 'node:timers/promises';
import type { HubServices, MergeTask } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { MergeEnd } from '../write/run-merge-task.ts';
import { type Loop, startLoop } from './wakeable-loop.ts';

export interface MergesDeps {
  readonly region: RegionId;
  readonly hub: Pick<HubServices, 'mergeWork'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
  /** Merges, and commits what came of it if the heads are still those of the task. Repeating it changes nothing. */
  readonly merge: (task: MergeTask, signal: AbortSignal) => Promise<MergeEnd>;
}

export interface Merges {
  /** The hub has, or may have, merges to lease. */
  hubHasWork(): void;
  /** The hub answers again. */
  retryNow(): void;
  stop(): Promise<void>;
}

/** Merges that are leased at once; each is done alone, since a merge may take a thread and much memory. */
const leasedMax = 8;
/** A safety net: wake-ups drive it. */
const pollMs = 15_000;
/** Between tries of a task that waits for its heads or contents. */
const laterMs = 250;
const reasonCharactersMax = 2_000;

/** Leases merges from the hub, runs them one by one, and tells what became of them (SY8). A task that was not told is done again, which changes nothing. */
export function startMerges(deps: MergesDeps): Merges {
  const settled: Settled = { done: [], failed: [] };
  const loop: Loop = startLoop({
    step: (signal) => settleAndRun(deps, settled, signal),
    onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, 'merges were not settled with the hub'),
    pollMs,
  });
  return { hubHasWork: loop.wake, retryNow: loop.retryNow, stop: loop.stop };
}

/** What the hub has not been told yet. */
interface Settled {
  done: string[];
  failed: { readonly taskId: string; readonly reason: string }[];
}

async function settleAndRun(deps: MergesDeps, settled: Settled, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { done, failed } = settled;
    const { tasks } = await deps.hub.mergeWork({ region: deps.region, done, failed, want: leasedMax });
    settled.done = settled.done.slice(done.length);
    settled.failed = settled.failed.slice(failed.length);
    for (const task of tasks) await runTask(deps, task, { settled, signal });
    if (signal.aborted || settled.done.length + settled.failed.length === 0) return;
  }
}

async function runTask(
  deps: MergesDeps,
  task: MergeTask,
  { settled, signal }: { readonly settled: Settled; readonly signal: AbortSignal },
): Promise<void> {
  const end = await mergeWithinLease(deps, task, signal);
  if (end.type === 'done') settled.done.push(task.taskId);
  if (end.type === 'failed') settled.failed.push({ taskId: task.taskId, reason: end.reason.slice(0, reasonCharactersMax) });
}

/** What is not done when the lease ends is leased again, here or elsewhere. */
async function mergeWithinLease(deps: MergesDeps, task: MergeTask, signal: AbortSignal): Promise<MergeEnd> {
  while (!signal.aborted && deps.nowMs() < task.leaseUntilMs) {
    const end = await tryMerge(deps, task, signal);
    if (end.type !== 'later') return end;
    await sleep(laterMs, null, { signal }).catch(() => null);
  }
  return { type: 'later' };
}

async function tryMerge(deps: MergesDeps, task: MergeTask, signal: AbortSignal): Promise<MergeEnd> {
  try {
    return await deps.merge(task, signal);
  } catch (cause) {
    deps.logger.warn({ err: cause, space: task.space, entry: task.entryId }, 'a merge broke off; it is tried again');
    return { type: 'later' };
  }
}
