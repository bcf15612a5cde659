import type { HubStore } from '@jzse/db/hub';
import type { SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { WakeUpBoard } from './feed/wake-up-board.ts';
import type { ForgetSpaces } from './forget/forget-spaces.ts';
import type { MergePlan } from './merges/plan-merges.ts';
import type { KnownPolicies } from './policies/known-policies.ts';

export interface HubWorkDeps {
  readonly store: Pick<HubStore, 'listSpaces'>;
  readonly carryOver: (space: SpaceId) => Promise<void>;
  readonly forgetSpaces: ForgetSpaces;
  readonly mergePlan: Pick<MergePlan, 'isAnyOpen' | 'planMissed'>;
  readonly board: Pick<WakeUpBoard, 'mergesWait'>;
  readonly policies: Pick<KnownPolicies, 'refresh'>;
  readonly maintainEveryMs: number;
  readonly logger: Pick<Logger, 'warn'>;
}
export interface HubWork {
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

/** All that the hub does by itself, in rounds: carries over what a hub that died left of that, forgets what may be forgotten, and offers merges again whose lease may have ended. */
export function startHubWork(deps: HubWorkDeps): HubWork {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let round = Promise.resolve();
  const schedule = (): void => {
    if (!stopped.signal.aborted) timer = setTimeout(run, deps.maintainEveryMs);
  };
  const run = (): void => {
    round = runRound(deps, stopped.signal).then(schedule);
  };
  schedule();
  return {
    stop: async () => {
      stopped.abort();
      clearTimeout(timer);
      await round;
    },
  };
}

async function runRound(deps: HubWorkDeps, signal: AbortSignal): Promise<void> {
  const { forgetSpaces, mergePlan, policies, board, logger } = deps;
  if (mergePlan.isAnyOpen()) board.mergesWait(() => true);
  try {
    const spaces = await deps.store.listSpaces();
    for (const space of spaces) await deps.carryOver(space);
    await policies.refresh();
    await mergePlan.planMissed(spaces);
    await forgetSpaces(signal);
  } catch (cause) {
    if (!signal.aborted) logger.warn({ err: cause }, 'a round of what the hub does by itself failed; the next one goes on');
  }
}
