import type { HubStore } from '@jzse/db/hub';
import type { FeedPosition, SpaceId } from '@jzse/sync';
import type { SafePositions } from '../feed/safe-positions.ts';
import type { IsPlaced } from '../fleet/fleet-view.ts';
import type { KnownPolicies } from '../policies/known-policies.ts';
import type { ForgetInLog } from './forget-in-log.ts';
import type { ForgettingDeps } from './plan-forgetting.ts';
import { dayMs, planTombstones, planVersions } from './plan-forgetting.ts';

/** A region that was silent for longer does not hold up forgetting: it takes a snapshot when it comes back. */
export const liveDays = 90;
/** Steps of one kind in one round, so that a round is short however much there is. */
const stepsPerRound = 8;
/** Rounds until the versions of a space are swept again. */
const roundsBetweenSweeps = 60;
const feedRowsPerStep = 5_000;
const progressRowsPerStep = 5_000;

export interface ForgetSpacesDeps extends ForgettingDeps {
  readonly store: ForgettingDeps['store'] &
    Pick<HubStore, 'listSpaces' | 'listRegions' | 'progress' | 'head' | 'sequenceAt' | 'pruneFeed' | 'pruneProgress'>;
  readonly policies: Pick<KnownPolicies, 'of'>;
  readonly safe: SafePositions;
  readonly forgetInLog: ForgetInLog;
  readonly isPlaced: IsPlaced;
  /** The log is safe where every live region has passed it and it is older than this, whoever makes backups. */
  readonly feedKeepDays: number;
}
/** One round over all spaces, in small steps (SY10, SY11). */
export type ForgetSpaces = (signal: AbortSignal) => Promise<void>;

/** Where a sweep over the files of a space is, and how many rounds it rests. */
interface Sweep {
  after: string | null;
  rest: number;
}

export function createForgetSpaces(deps: ForgetSpacesDeps): ForgetSpaces {
  const sweeps = new Map<SpaceId, Sweep>();
  return async (signal) => {
    let pastDaysMax = 0;
    for (const space of await deps.store.listSpaces()) {
      if (signal.aborted) return;
      const { retention } = (await deps.policies.of(space)).policy;
      pastDaysMax = Math.max(pastDaysMax, retention.trashDays);
      const passed = await passedByAll(deps, space);
      await advanceSafe(deps, space, passed);
      const upTo = Math.min(passed, await deps.safe.of(space));
      if (upTo === 0) continue;
      const oldUpTo = async (days: number): Promise<number> => Math.min(upTo, await takenBefore(deps, space, days));
      await forgetTombstones(deps, space, { retention, upTo: await oldUpTo(retention.trashDays), signal });
      const sweep = sweeps.get(space) ?? { after: null, rest: 0 };
      sweeps.set(space, sweep);
      const days = Math.min(retention.allDays, retention.trashDays);
      await sweepVersions(deps, space, { retention, upTo: await oldUpTo(days), signal, sweep });
      await pruneFeed(deps, space, { upTo, pastDays: retention.trashDays, signal });
    }
    await deps.store.pruneProgress(deps.nowMs() - pastDaysMax * dayMs, progressRowsPerStep);
  };
}

/** How far every live region is that is to have the space; 0 where one has not said. */
async function passedByAll({ store, nowMs, isPlaced }: ForgetSpacesDeps, space: SpaceId): Promise<number> {
  const [regions, progress, { position }] = await Promise.all([store.listRegions(), store.progress(space), store.head(space)]);
  const cursors = new Map(progress.map((each) => [each.region, each.position]));
  const live = regions.filter(({ id, lastSeenAtMs }) => isPlaced(id, space) && nowMs() - lastSeenAtMs <= liveDays * dayMs);
  // Whoever stands in an epoch that is over takes a snapshot first.
  const passed = (cursor: FeedPosition | undefined): number => (cursor?.epoch === position.epoch ? cursor.sequence : 0);
  return live.length === 0 ? 0 : Math.min(position.sequence, ...live.map(({ id }) => passed(cursors.get(id))));
}

async function advanceSafe({ store, safe, nowMs, feedKeepDays }: ForgetSpacesDeps, space: SpaceId, passed: number): Promise<void> {
  safe.forget(space);
  const old = await store.sequenceAt(space, nowMs() - feedKeepDays * dayMs);
  const sequence = Math.min(passed, old ?? 0);
  if (sequence > (await safe.of(space))) await safe.advance(space, sequence);
}

/**
 * What the hub had taken so long ago, by its own clock: a stamp is its author's word, and a clock that was wrong, or a region that was
 * away, must not have anything forgotten early (SY9). The log is kept for `trashDays`; beyond that stamps alone decide.
 */
async function takenBefore({ store, nowMs }: ForgetSpacesDeps, space: SpaceId, days: number): Promise<number> {
  return (await store.sequenceAt(space, nowMs() - days * dayMs)) ?? 0;
}

type Round = Parameters<typeof planTombstones>[2] & { readonly signal: AbortSignal };

async function forgetTombstones(deps: ForgetSpacesDeps, space: SpaceId, round: Round): Promise<void> {
  let before = '';
  for (let step = 0; step < stepsPerRound && !round.signal.aborted; step++) {
    const forgotten = await planTombstones(deps, space, round);
    const first = forgotten.entries[0]?.id ?? '';
    // The same again: it was named anew meanwhile, and is no tombstone any more.
    if (first === '' || first === before) return;
    before = first;
    await deps.forgetInLog(space, forgotten);
  }
}

async function sweepVersions(
  deps: ForgetSpacesDeps,
  space: SpaceId,
  { sweep, ...round }: Round & { readonly sweep: Sweep },
): Promise<void> {
  if (sweep.rest > 0) {
    sweep.rest -= 1;
    return;
  }
  for (let step = 0; step < stepsPerRound && !round.signal.aborted; step++) {
    const { forgotten, next } = await planVersions(deps, space, { ...round, after: sweep.after });
    if (forgotten.versions.length > 0) await deps.forgetInLog(space, forgotten);
    sweep.after = next;
    if (next !== null) continue;
    sweep.rest = roundsBetweenSweeps;
    return;
  }
}

/** The rows are the past of the tree too, and stay as long as that can be looked at. */
async function pruneFeed(
  { store, nowMs }: ForgetSpacesDeps,
  space: SpaceId,
  { upTo, pastDays, signal }: { readonly upTo: number; readonly pastDays: number; readonly signal: AbortSignal },
): Promise<void> {
  const old = await store.sequenceAt(space, nowMs() - pastDays * dayMs);
  if (old === null) return;
  for (let step = 0; step < stepsPerRound && !signal.aborted; step++) {
    if ((await store.pruneFeed(space, Math.min(upTo, old), feedRowsPerStep)) < feedRowsPerStep) return;
  }
}
