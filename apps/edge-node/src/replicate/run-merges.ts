import { setTimeout as sleep } from 'node:timers/promises';
import { type HubServices, type MergeTask, mergeLeaseMs } from '@jzse/api/hub';
import type { RegionId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { MergeEnd } from '../write/run-merge-task.ts';
import { type Loop, startLoop } from './wakeable-loop.ts';

export interface MergesDeps {
  readonly region: RegionId;
  readonly hub: Pick<HubServices, 'mergeWork'>;
  readonly nowMs: () => number;
  readonly random?: () => number;
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
const laterMs = 500;
const reasonCharactersMax = 2_000;

/** Leases merges from the hub, runs them one by one, and tells what became of them (SY8). A task that was not told is done again, which changes nothing. */
export function startMerges(deps: MergesDeps): Merges {
  const work: Work = { waiting: [], done: [], failed: [] };
  const loop: Loop = startLoop({
    random: deps.random ?? Math.random,
    step: (signal) => settleAndRun(deps, work, signal),
    onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, 'merges were not settled with the hub'),
    pollMs,
  });
  return { hubHasWork: loop.wake, retryNow: loop.retryNow, stop: loop.stop };
}

/** What is leased, and what the hub has not been told yet. */
interface Work {
  /** Until when by our own clock. */
  waiting: readonly { readonly task: MergeTask; readonly untilMs: number }[];
  done: readonly string[];
  failed: readonly { readonly taskId: string; readonly reason: string }[];
}

async function settleAndRun(deps: MergesDeps, work: Work, signal: AbortSignal): Promise<void> {
  const hasSettled = (): boolean => work.done.length + work.failed.length > 0;
  do {
    const { done, failed } = work;
    const untilMs = deps.nowMs() + mergeLeaseMs;
    const { tasks } = await deps.hub.mergeWork({ region: deps.region, done, failed, want: leasedMax - work.waiting.length });
    work.done = [];
    work.failed = [];
    work.waiting = [...work.waiting, ...tasks.map((task) => ({ task, untilMs }))];
    await runEach(deps, work, signal);
    // One that waits holds up no other.
    if (work.waiting.length > 0 && !hasSettled()) await sleep(laterMs, null, { signal }).catch(() => null);
  } while (!signal.aborted && (work.waiting.length > 0 || hasSettled()));
}

/** Every task once. What is not done when its lease ends is leased again, here or elsewhere. */
async function runEach(deps: MergesDeps, work: Work, signal: AbortSignal): Promise<void> {
  const later: Work['waiting'][number][] = [];
  for (const leased of work.waiting) {
    const { task, untilMs } = leased;
    if (signal.aborted || deps.nowMs() >= untilMs) continue;
    const end = await tryMerge(deps, task, signal);
    if (end.type === 'done') work.done = [...work.done, task.taskId];
    else if (end.type === 'failed')
      work.failed = [...work.failed, { taskId: task.taskId, reason: end.reason.slice(0, reasonCharactersMax) }];
    else later.push(leased);
  }
  work.waiting = later;
}

async function tryMerge(deps: MergesDeps, task: MergeTask, signal: AbortSignal): Promise<MergeEnd> {
  try {
    return await deps.merge(task, signal);
  } catch (cause) {
    deps.logger.warn({ err: cause, space: task.space, entry: task.entryId }, 'a merge broke off; it is tried again');
    return { type: 'later' };
  }
}
