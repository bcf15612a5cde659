import type { HubServices, WakeUp } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { RegionId } from '@jzse/sync';
import type { Agreement } from './agree/agreement.ts';
import { digestNode } from './agree/digest-node.ts';
import { verifySpace } from './agree/verify-space.ts';
import { coded } from './coded-errors.ts';
import { createCarryOver } from './epochs/carry-over.ts';
import { raiseEpoch } from './epochs/raise-epoch.ts';
import { seedLogs } from './epochs/seed-log.ts';
import { raise, readEvents } from './events/serve-events.ts';
import type { FeedTail } from './feed/feed-tail.ts';
import { noteBackup } from './feed/note-backup.ts';
import { pullFeed } from './feed/pull-feed.ts';
import { resolvePath } from './feed/resolve-path.ts';
import type { SafePositions } from './feed/safe-positions.ts';
import { treeAt } from './feed/tree-at.ts';
import type { WakeUpBoard } from './feed/wake-up-board.ts';
import type { IsPlaced } from './fleet/fleet-view.ts';
import { pushOperations } from './integrate/push-operations.ts';
import type { MergePlan } from './merges/plan-merges.ts';
import { workMerges } from './merges/work-merges.ts';
import type { KnownPolicies } from './policies/known-policies.ts';
import type { NoteClockSkew } from './regions/clock-skews.ts';
import { listRegions } from './regions/list-regions.ts';
import { registerRegion, takeHeartbeat } from './regions/register-region.ts';
import { locateContent } from './transfers/locate-content.ts';
import { workTransfers } from './transfers/work-transfers.ts';

export interface ServicesDeps {
  readonly store: HubStore;
  readonly board: WakeUpBoard;
  readonly tail: FeedTail;
  readonly safe: SafePositions;
  readonly policies: KnownPolicies;
  readonly agreement: Agreement;
  readonly mergePlan: MergePlan;
  readonly noteClockSkew: NoteClockSkew;
  readonly isPlaced: IsPlaced;
  readonly version: string;
  readonly nowMs: () => number;
  readonly onIntegrated: (operations: number) => void;
  readonly onNoteFailed: (cause: unknown) => void;
}

/** What the hub does, stage by stage; each stage is in the folder of its name. */
export function createHubServices(deps: ServicesDeps): HubServices {
  return { ...registryServices(deps), ...logServices(deps), ...agreementServices(deps), ...mergeServices(deps) };
}

function registryServices(deps: ServicesDeps) {
  const { store, board } = deps;
  return {
    register: coded(registerRegion(deps)),
    heartbeat: coded(takeHeartbeat(deps)),
    regions: coded(() => listRegions(deps)),
    wakeUps: (region, signal) => listenAnew(deps, region, signal),
    transfers: coded(workTransfers(deps)),
    locate: coded(locateContent(deps)),
    holders: coded((space, hash) => store.holders(space, hash)),
    listSpaces: coded(() => store.listSpaces()),
    createSpace: coded(async (space) => {
      await store.createSpace(space);
      board.headMoved(space, (await store.head(space)).position);
    }),
    status: coded(async () => {
      const [regions, pendingTransfers] = await Promise.all([listRegions(deps), store.pendingTransfers()]);
      return { version: deps.version, regions, spaces: board.heads(), pendingTransfers };
    }),
  } satisfies Partial<HubServices>;
}

/** A region that listens anew may never have heard what it was given to do before. */
async function* listenAnew(
  { store, board, onNoteFailed }: ServicesDeps,
  region: RegionId,
  signal: AbortSignal,
): AsyncGenerator<WakeUp, void, undefined> {
  await store.releaseTransfers(region).catch(onNoteFailed);
  yield* board.wakeUps(region, signal);
}

function logServices(deps: ServicesDeps) {
  const { store } = deps;
  return {
    push: coded(pushOperations(deps)),
    pull: coded(pullFeed(deps)),
    snapshotHead: coded((space) => store.snapshotHead(space)),
    snapshotPage: coded(async (space, page) => {
      const { items, next } = await store.snapshotPage(space, page);
      return { effects: items, next };
    }),
    resolvePath: coded(resolvePath(deps)),
    treeAt: coded(treeAt(deps)),
    rowDots: coded((space, sequences) => store.rowDots(space, sequences)),
    operationsUnder: coded(({ space, replica, counters }) => store.operationsUnder(space, replica, counters)),
    raiseEpoch: coded(raiseEpoch(deps)),
    ...codedSeed(deps),
    noteBackup: coded(noteBackup(deps)),
  } satisfies Partial<HubServices>;
}

function codedSeed(deps: ServicesDeps) {
  const carryOver = createCarryOver({ store: deps.store, push: pushOperations(deps) });
  const { rebuild, seed } = seedLogs({ ...deps, carryOver });
  return { rebuild: coded(rebuild), seed: coded(seed) };
}

function agreementServices(deps: ServicesDeps) {
  return {
    report: coded(deps.agreement.take),
    verify: coded(verifySpace(deps)),
    digestNode: coded(digestNode(deps)),
    raise: coded(raise(deps)),
    events: coded(readEvents(deps)),
  } satisfies Partial<HubServices>;
}

function mergeServices(deps: ServicesDeps) {
  const { store, policies, mergePlan } = deps;
  return {
    policy: coded((space) => policies.of(space)),
    setPolicy: coded(async (space, policy) => {
      const revised = await policies.set(space, policy);
      await mergePlan.planAll(space);
      return revised;
    }),
    mergeWork: coded(workMerges({ ...deps, plan: mergePlan })),
    mergeStates: coded((space, entries) => store.mergeStates(space, entries)),
  } satisfies Partial<HubServices>;
}
