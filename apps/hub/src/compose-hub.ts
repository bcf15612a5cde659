import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { Logger } from 'pino';
import { createAgreement } from './agree/agreement.ts';
import { createCarryOver } from './epochs/carry-over.ts';
import { createFeedTail } from './feed/feed-tail.ts';
import { createSafePositions } from './feed/safe-positions.ts';
import { createWakeUpBoard, type SpaceHead, type WakeUpBoard } from './feed/wake-up-board.ts';
import type { IsPlaced } from './fleet/fleet-view.ts';
import { createForgetInLog } from './forget/forget-in-log.ts';
import { createForgetSpaces } from './forget/forget-spaces.ts';
import { createMergePlan } from './merges/plan-merges.ts';
import { createKnownPolicies, type KnownPolicies } from './policies/known-policies.ts';
import { createClockSkews } from './regions/clock-skews.ts';
import { createHubServices } from './services.ts';
import { type HubWork, startHubWork } from './start-hub-work.ts';

export interface ComposeHubDeps {
  readonly store: HubStore;
  readonly version: string;
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, 'warn'>;
  readonly feedKeepDays: number;
  readonly maintainEveryMs: number;
  readonly onIntegrated: (operations: number) => void;
  /** Whether a region is to have a space; by default every one has all. Of those that are not, nothing is waited for. */
  readonly isPlaced?: IsPlaced;
}
export interface ComposedHub {
  readonly services: HubServices;
  readonly board: WakeUpBoard;
  readonly policies: KnownPolicies;
  /** Begins what the hub does by itself. */
  startWork(): HubWork;
}

/** A hub without a network: over whatever store, clock and global timers there are. */
export async function composeHub(deps: ComposeHubDeps): Promise<ComposedHub> {
  const { store } = deps;
  const board = createWakeUpBoard(await readHeads(store), await store.policies());
  const tail = createFeedTail();
  const safe = createSafePositions(store);
  const policies = createKnownPolicies({ store, board });
  const mergePlan = createMergePlan({ store, board, policies });
  const isPlaced = deps.isPlaced ?? (() => true);
  const parts = { ...deps, isPlaced, board, tail, safe, policies, mergePlan };
  const services = createHubServices({
    ...parts,
    agreement: createAgreement(parts),
    noteClockSkew: createClockSkews(deps),
    onNoteFailed: (cause) => deps.logger.warn({ err: cause }, 'the log has it, but not all that follows from it'),
  });
  const forgetSpaces = createForgetSpaces({ ...parts, forgetInLog: createForgetInLog(parts) });
  const carryOver = createCarryOver({ store, push: services.push });
  return { services, board, policies, startWork: () => startHubWork({ ...parts, carryOver, forgetSpaces }) };
}

async function readHeads(store: HubStore): Promise<SpaceHead[]> {
  const heads: SpaceHead[] = [];
  for (const space of await store.listSpaces()) heads.push({ space, head: (await store.head(space)).position });
  return heads;
}
