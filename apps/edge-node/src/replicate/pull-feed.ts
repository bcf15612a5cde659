import type { LogCursor } from '@jzse/api/hub';
import type { AppliedFeed, RegionStore } from '@jzse/db/region';
import { ReplicaReused, SnapshotWouldLose } from '@jzse/db/region';
import type { Entry, FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import { findFork } from './find-fork.ts';
import type { HubPort } from './hub-port.ts';
import type { Renewal } from './renew-replica.ts';
import { createSnapshots, type SnapshotDeps, type SnapshotTaker } from './take-snapshot.ts';

export interface PullDeps {
  readonly space: SpaceId;
  readonly region: RegionId;
  readonly store: SnapshotDeps['store'] & Pick<RegionStore, 'cursor' | 'applyFeed' | 'feedDot' | 'feedRange' | 'digest'>;
  readonly hub: SnapshotDeps['hub'] & Pick<HubPort, 'rowDots' | 'raiseEpoch'>;
  readonly nowMs: () => number;
  readonly changed: (space: SpaceId, entries: readonly Entry[]) => void;
  /** A snapshot took the place of what was known. */
  readonly onSnapshot: (space: SpaceId) => void;
  /** Two digests of one position: the hub's and ours (SY13). */
  readonly onDigests: (space: SpaceId, digests: NonNullable<AppliedFeed['digests']>) => void;
  /** The feed shows that this disk was put back to an older copy: the region becomes a new replica. */
  readonly renewReplica: Renewal;
}

export interface FeedPull {
  /** Applies the feed from the cursor to the hub's head. Rejects on the first failure; a call after it goes on at the cursor. */
  pull(signal: AbortSignal): Promise<void>;
  /** The next pull begins with a snapshot, whatever the cursor; rejects if it could not be taken. */
  wantSnapshot(): Promise<void>;
  /** Where the hub's feed ends, as far as known. */
  head(): FeedPosition | null;
  /** Up to here no hub can lose what this region has; null if it is not known. */
  safe(): FeedPosition | null;
  /** True once the feed was read to its head since the start: until then nothing tells a disk that was put back to an older copy. */
  wasRead(): boolean;
  /** Why the hub's state is not taken; null if nothing is in the way. */
  refusal(): string | null;
  /** Notes a head; true if there is something to pull. */
  noteHead(head: FeedPosition): boolean;
}

type PullAnswer = Awaited<ReturnType<HubPort['pull']>>;
type RowsAnswer = Extract<PullAnswer, { readonly type: 'rows' }>;

/** Snapshots and epochs that one pull goes through: more means that something turns in a circle. */
const restartsPerPullMax = 4;
/** A wake-up is overtaken by an answer within a moment. */
const overtakenMsMax = 1_000;
/** Rows in one pull: few round trips, while one batch stays a short transaction. */
export const pullRowsMax = 500;

export function createFeedPull(deps: PullDeps): FeedPull {
  const { space, store, hub } = deps;
  const snapshots = createSnapshots(deps);
  let head: FeedPosition | null = null;
  let safe: FeedPosition | null = null;
  let applied: FeedPosition | null = null;
  let answeredMs = 0;
  let wasRead = false;
  let isDifferenceLookedInto = false;

  const ask = (after: LogCursor): Promise<PullAnswer> => {
    const answer = hub.pull({ space, region: deps.region, after, limit: pullRowsMax });
    // Who waits for it hears of a failure; if nobody does any more, nobody needs to.
    answer.catch(() => {});
    return answer;
  };
  const noteHead = (seen: FeedPosition): boolean => {
    if (head === null || comparePositions(seen, head) > 0) head = seen;
    if (applied === null || comparePositions(applied, head) !== 0) return true;
    // Older than what is here: a wake-up that was overtaken, or, if it comes late, a log that lost its end.
    return comparePositions(seen, applied) < 0 && deps.nowMs() - answeredMs > overtakenMsMax;
  };
  const askAtCursor = async (): Promise<PullAnswer> => {
    const { position, dot } = await store.cursor(space);
    applied = position;
    return ask({ ...position, dot });
  };
  /** A difference may mean that the hub's log is another one and nobody noticed: then its epoch is over. */
  const noteDigests = async (digests: NonNullable<AppliedFeed['digests']>): Promise<void> => {
    deps.onDigests(space, digests);
    const differs = digests.hub !== digests.own;
    if (differs && !isDifferenceLookedInto && !((await lacksSomething(deps)) && (await endEpoch(deps, safe)))) await leaveIfOther(deps);
    isDifferenceLookedInto = differs;
  };
  /** Applies what came; `next` is still to come, and travels meanwhile. */
  const applyRows = async (answer: RowsAnswer): Promise<{ readonly next: Promise<PullAnswer> | null }> => {
    noteHead(answer.head);
    answeredMs = deps.nowMs();
    safe = { epoch: answer.head.epoch, sequence: answer.safe };
    const last = answer.rows.at(-1);
    if (last === undefined) {
      await compareSnapshot(deps, snapshots, answer.head);
      return { next: null };
    }
    const next = comparePositions(last.position, answer.head) < 0 ? ask({ ...last.position, dot: last.operation.dot }) : null;
    const { digests } = await store.applyFeed(space, answer.rows);
    applied = last.position;
    deps.changed(space, entriesOf(answer));
    if (digests !== null) await noteDigests(digests);
    return { next };
  };
  const startOver = async (answer: Exclude<PullAnswer, RowsAnswer>): Promise<PullAnswer> => {
    if (answer.type === 'log-differs') await leaveEpoch(deps);
    else await takeSnapshot();
    return askAtCursor();
  };
  const takeSnapshot = async (): Promise<void> => {
    try {
      await snapshots.take();
    } catch (cause) {
      // Within its epoch a hub that lost operations must not go on counting.
      if (!(cause instanceof SnapshotWouldLose) || !(await endEpoch(deps, safe))) throw cause;
    }
  };
  const readFeed = async (signal: AbortSignal): Promise<void> => {
    await snapshots.takeWanted();
    let next: Promise<PullAnswer> | null = askAtCursor();
    let restarts = 0;
    while (next !== null && !signal.aborted) {
      const answer: PullAnswer = await next;
      if (answer.type === 'rows') next = (await applyRows(answer)).next;
      else if (++restarts > restartsPerPullMax)
        throw new Error(`the hub never lets ${space} go on: it answers ${answer.type} again and again`);
      else next = startOver(answer);
    }
    if (next === null) wasRead = true;
  };

  return {
    head: () => head,
    safe: () => safe,
    refusal: snapshots.refusal,
    noteHead,
    wantSnapshot: snapshots.want,
    wasRead: () => wasRead,
    pull: async (signal) => {
      try {
        await readFeed(signal);
      } catch (cause) {
        if (cause instanceof ReplicaReused) await deps.renewReplica(cause);
        throw cause;
      }
    },
  };
}

/** The entries that a batch says something new of, each once. */
function entriesOf({ rows }: RowsAnswer): readonly Entry[] {
  const entries = new Map<string, Entry>();
  for (const { effects } of rows) for (const effect of effects) if (effect.type === 'entry') entries.set(effect.entry.id, effect.entry);
  return [...entries.values()];
}

/** The hub's log is another one than ours, so it was restored: its epoch ends, and all of us offer what it lost (SY10). */
async function leaveEpoch(deps: PullDeps): Promise<void> {
  const fork = await findFork(deps, deps.space);
  if (fork === null) return;
  await deps.hub.raiseEpoch({ space: deps.space, region: deps.region, epoch: fork.epoch, keptUpTo: fork.keptUpTo });
}

/** All that we have seen is in it, and the dot at our cursor was the same; yet before that it may have what we have not. */
async function leaveIfOther(deps: PullDeps): Promise<void> {
  const { position } = await deps.store.cursor(deps.space);
  const fork = await findFork(deps, deps.space);
  if (fork === null || fork.epoch !== position.epoch || fork.keptUpTo >= position.sequence) return;
  await deps.hub.raiseEpoch({ space: deps.space, region: deps.region, ...fork });
}

/** The hub's log of our own epoch lacks what we have seen in it: the epoch ends, and kept what every copy has. False if it is another epoch by now. */
async function endEpoch({ hub, store, space, region }: PullDeps, safe: FeedPosition | null): Promise<boolean> {
  const [{ position }, head] = await Promise.all([store.cursor(space), hub.snapshotHead(space)]);
  if (head.position.epoch !== position.epoch) return false;
  await hub.raiseEpoch({ space, region, epoch: position.epoch, keptUpTo: safe?.epoch === position.epoch ? safe.sequence : 0 });
  return true;
}

async function lacksSomething({ hub, store, space }: PullDeps): Promise<boolean> {
  const [seen, { acknowledged }] = await Promise.all([store.acknowledgedCounters(space), hub.snapshotHead(space)]);
  return Object.entries(seen).some(([replica, counter]) => counter > (acknowledged[replica] ?? 0));
}

/** A snapshot can be compared only if the hub stands where it was taken: its pages may show more than the position says. */
async function compareSnapshot(deps: PullDeps, snapshots: SnapshotTaker, head: FeedPosition): Promise<void> {
  const taken = snapshots.uncompared();
  if (taken === null || comparePositions(taken.position, head) !== 0) return;
  const own = await deps.store.digest(deps.space);
  if (comparePositions(own.position, head) === 0) deps.onDigests(deps.space, { position: head, hub: taken.digest, own: own.digest });
}
