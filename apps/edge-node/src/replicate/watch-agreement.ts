import type { RaisedEvent, SpaceReport } from '@jzse/api';
import type { AppliedFeed, RegionStore, SpaceDigest } from '@jzse/db/region';
import { comparePositions, type RegionId, type SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import { sleep } from '../maintain/sleep.ts';
import { startErrands } from './errands.ts';
import { findDivergence } from './find-divergence.ts';
import type { HubPort } from './hub-port.ts';
import { type Loop, startLoop } from './wakeable-loop.ts';

export interface AgreementDeps {
  readonly region: RegionId;
  readonly store: Pick<
    RegionStore,
    'listSpaces' | 'cursor' | 'digest' | 'recomputeDigest' | 'correctSums' | 'digestChildren' | 'entry' | 'divergence' | 'noteDivergence'
  >;
  readonly hub: Pick<HubPort, 'report' | 'raise' | 'digestNode'>;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly logger: Logger;
}

/** Whether this region and the hub have the same (SY13): compared where the feed says so, searched where it differs, told to the hub. */
export interface Agreement {
  /** Two digests of one position. */
  compare(space: SpaceId, digests: NonNullable<AppliedFeed['digests']>): void;
  /** The region stands where the hub does: what differs can be searched now. */
  caughtUp(space: SpaceId): void;
  /** The hub's state took the place of what was here: a divergence that no batch had shown ends with the next digest that is equal. */
  replaced(space: SpaceId): void;
  /** Reports now. */
  wantReport(space: SpaceId, deep: boolean): void;
  /** Reports the spaces that moved since they were reported last, as it is done within a second after they moved; said with every heartbeat. */
  reportMoved(): Promise<void>;
  retryNow(): void;
  stop(): Promise<void>;
}

type Errand = { readonly digests: AppliedFeed['digests']; readonly report: 'no' | 'kept' | 'deep' };
type Reported = Map<SpaceId, SpaceDigest>;
const reportsPerCallMax = 500;
const recomputeTriesMax = 3;

export function startAgreement(deps: AgreementDeps): Agreement {
  const reported: Reported = new Map();
  const errands = startErrands<SpaceId, Errand>({
    random: deps.random,
    run: (space, errand) => runErrand(deps, reported, { space, errand }),
    merge: (earlier, later) => ({ digests: later.digests ?? earlier.digests, report: moreOf(earlier.report, later.report) }),
    onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, 'the hub was not told how this region stands'),
  });
  const progress = startProgress(deps, reported);
  const known = new Map<SpaceId, boolean>();
  return {
    compare: (space, digests) => {
      progress.moved(space);
      const isSame = digests.hub === digests.own;
      // The store knows what was so before this start; asking it after every batch would be for nothing.
      if (isSame && known.get(space) === true) return;
      known.set(space, isSame);
      errands.add(space, { digests, report: 'no' });
    },
    caughtUp: (space) => {
      progress.moved(space);
      if (known.get(space) === false) errands.add(space, { digests: null, report: 'no' });
    },
    replaced: (space) => void known.delete(space),
    wantReport: (space, deep) => errands.add(space, { digests: null, report: deep ? 'deep' : 'kept' }),
    reportMoved: async () => void (await reportMoved(deps, reported, await deps.store.listSpaces())),
    retryNow: () => {
      errands.retryNow();
      progress.retryNow();
    },
    stop: async () => {
      await Promise.all([errands.stop(), progress.stop()]);
    },
  };
}

/** What this region saw, and when, is told while it moves: the past as it saw it is as fine as this. */
const progressEveryMs = 1_000;
const progressPollMs = 60_000;

function startProgress(
  deps: AgreementDeps,
  reported: Reported,
): Pick<Loop, 'retryNow' | 'stop'> & { readonly moved: (space: SpaceId) => void } {
  const waiting = new Set<SpaceId>();
  const loop = startLoop({
    pollMs: progressPollMs,
    random: deps.random,
    step: async (signal) => {
      const spaces = [...waiting];
      waiting.clear();
      try {
        if (await reportMoved(deps, reported, spaces)) await sleep(progressEveryMs, signal);
      } catch (cause) {
        for (const space of spaces) waiting.add(space);
        throw cause;
      }
    },
    onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, 'the hub was not told how far this region is'),
  });
  return {
    moved: (space) => {
      waiting.add(space);
      loop.wake();
    },
    retryNow: loop.retryNow,
    stop: loop.stop,
  };
}

const order = ['no', 'kept', 'deep'] as const;
const moreOf = (left: Errand['report'], right: Errand['report']): Errand['report'] =>
  order.indexOf(left) > order.indexOf(right) ? left : right;

async function runErrand(
  deps: AgreementDeps,
  reported: Reported,
  { space, errand }: { readonly space: SpaceId; readonly errand: Errand },
): Promise<void> {
  if (!(await deps.store.listSpaces()).includes(space)) return;
  const hasChanged = errand.digests !== null && (await noteDigests(deps, space, errand.digests));
  const isFound = await searchOnce(deps, space);
  if (errand.report === 'deep') await reportDeep(deps, space);
  else if (errand.report === 'kept' || hasChanged || isFound) await reportKept(deps, reported, [space]);
}

/** Begins or ends a divergence; true if it did. */
async function noteDigests(deps: AgreementDeps, space: SpaceId, digests: NonNullable<AppliedFeed['digests']>): Promise<boolean> {
  const before = await deps.store.divergence(space);
  if (digests.hub === digests.own) {
    if (before === null) return false;
    await deps.store.noteDivergence(space, null);
    deps.logger.info({ space }, 'this region agrees with the hub again');
    await raise(deps, space, { type: 'converged', data: { at: digests.position } });
    return true;
  }
  if (before !== null) return false;
  await noteDivergence(deps, space, digests.position);
  return true;
}

async function noteDivergence({ store, logger }: AgreementDeps, space: SpaceId, since: SpaceDigest['position']): Promise<void> {
  await store.noteDivergence(space, { since, paths: [] });
  logger.error({ space, since }, 'this region and the hub have come to different trees; "jzse verify --repair" takes the state of the hub');
}

/** True if paths were found of a divergence that had none yet. While hub or region move on it is tried again at the next head. */
async function searchOnce(deps: AgreementDeps, space: SpaceId): Promise<boolean> {
  const divergence = await deps.store.divergence(space);
  if (divergence === null || divergence.paths.length > 0) return false;
  const paths = await findDivergence(deps, space);
  if (paths === null || paths.length === 0) return false;
  await deps.store.noteDivergence(space, { since: divergence.since, paths });
  await raise(deps, space, { type: 'diverged', data: { since: divergence.since, paths: shortened(paths) } });
  return true;
}

/** Events are small; the report names all. */
const eventPathsMax = 20;
const shortened = (paths: readonly string[]): readonly string[] => paths.slice(0, eventPathsMax).map((path) => path.slice(0, 500));

function raise(deps: AgreementDeps, space: SpaceId, event: Pick<RaisedEvent, 'type' | 'data'>): Promise<void> {
  return deps.hub.raise([{ ...event, space, region: deps.region, atMs: deps.nowMs() }]);
}

async function reportOf({ store, nowMs }: AgreementDeps, space: SpaceId, { position, digest }: SpaceDigest): Promise<SpaceReport> {
  return { space, position, digest, atMs: nowMs(), deep: false, divergence: await store.divergence(space) };
}

/** False: nothing moved. */
async function reportMoved(deps: AgreementDeps, reported: Reported, spaces: readonly SpaceId[]): Promise<boolean> {
  const moved: SpaceId[] = [];
  const here = spaces.length === 0 ? [] : await deps.store.listSpaces();
  for (const space of spaces.filter((one) => here.includes(one))) {
    const last = reported.get(space);
    const { position } = await deps.store.cursor(space);
    if (last === undefined || comparePositions(last.position, position) !== 0) moved.push(space);
  }
  if (moved.length > 0) await reportKept(deps, reported, moved);
  return moved.length > 0;
}

async function reportKept(deps: AgreementDeps, reported: Reported, spaces: readonly SpaceId[]): Promise<void> {
  for (let at = 0; at < spaces.length; at += reportsPerCallMax) {
    const part = spaces.slice(at, at + reportsPerCallMax);
    const digests = await Promise.all(part.map(async (space) => ({ space, digest: await deps.store.digest(space) })));
    const reports = await Promise.all(digests.map(({ space, digest }) => reportOf(deps, space, digest)));
    await deps.hub.report(deps.region, reports);
    for (const { space, digest } of digests) reported.set(space, digest);
  }
}

/**
 * Rows changed that no operation has changed. With the sums that they give now, the search is led to them, and the next comparison with
 * the hub says the same as this one.
 */
async function findRot(deps: AgreementDeps, space: SpaceId, position: SpaceDigest['position']): Promise<void> {
  const before = await deps.store.divergence(space);
  if (before === null) await noteDivergence(deps, space, position);
  else await deps.store.noteDivergence(space, { since: before.since, paths: [] });
  if (await deps.store.correctSums(space)) await searchOnce(deps, space);
}

/** Every row is read anew: what has rotted without a change shows here. A space that never stands still is reported as it is kept. */
async function reportDeep(deps: AgreementDeps, space: SpaceId): Promise<void> {
  let computed: SpaceDigest | null = null;
  for (let tries = 0; computed === null && tries < recomputeTriesMax; tries++) computed = await deps.store.recomputeDigest(space);
  const kept = await deps.store.digest(space);
  const isRotten = computed !== null && comparePositions(computed.position, kept.position) === 0 && computed.digest !== kept.digest;
  if (isRotten) await findRot(deps, space, kept.position);
  const report = await reportOf(deps, space, computed ?? kept);
  await deps.hub.report(deps.region, [{ ...report, deep: computed !== null }]);
}
