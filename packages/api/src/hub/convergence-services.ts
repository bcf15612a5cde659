import type { Dot, Effect, Entry, EntryId, FeedPosition, Forks, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import type { Moment } from '../edge/history-services.ts';
import type { EventType, HubEvent, RaisedEvent } from '../space-event.ts';
import type { MergeRule, RevisedPolicy, SpacePolicy } from '../space-policy.ts';
import type { SpaceReport, Verification } from '../verification.ts';

/** A region that is silent for longer about a merge may be dead: another is appointed. By each side's own clock: clocks may be wrong. */
export const mergeLeaseMs = 60_000;

/** A conflict that this region is appointed to merge, alone, until the lease ends (SY8). */
export interface MergeTask {
  readonly taskId: string;
  readonly space: SpaceId;
  readonly entryId: EntryId;
  readonly heads: readonly Dot[];
  readonly rule: MergeRule;
  readonly leaseUntilMs: number;
}
/** One folder of the digest tree at the hub's present position; hex. `children` at most `digestChildrenMax`, else only `buckets`. */
export type DigestNode =
  /** The hub is at another position by now: catch up and ask again. */
  | { readonly type: 'moved'; readonly head: FeedPosition }
  | {
      readonly type: 'node';
      readonly childSum: string;
      readonly aliases: string;
      readonly versions: string;
      /** Sums of the terms of children by the first byte of their id's hash. */
      readonly buckets: readonly string[];
      readonly children: readonly { readonly id: EntryId; readonly term: string }[] | null;
    };
export const digestChildrenMax = 256;

export interface PastTreePage {
  readonly position: FeedPosition;
  /** Live entries as they were, each with its path; folders before what is in them. */
  readonly entries: readonly { readonly path: string; readonly entry: Entry }[];
  readonly next: string | null;
}

/** What the hub does so that regions converge, and to prove it. */
export interface ConvergenceServices {
  /** Dots of the rows with these numbers in the present epoch; null where the feed has none (any more). For finding where two logs part. */
  rowDots(space: SpaceId, sequences: readonly number[]): Promise<readonly (Dot | null)[]>;
  /**
   * What the log has under these counters of a replica, in their order; null where it has nothing (any more). A region asks before it takes
   * as done what it may have committed under numbers that were used already (SY10).
   */
  operationsUnder(request: {
    readonly space: SpaceId;
    readonly replica: ReplicaId;
    readonly counters: readonly number[];
  }): Promise<readonly (Operation | null)[]>;
  /** The log is not the one that this region knows: a new epoch begins, which kept of the old one what stands up to `keptUpTo`. Does nothing if `epoch` is over already. */
  raiseEpoch(request: {
    readonly space: SpaceId;
    readonly region: RegionId;
    readonly epoch: number;
    readonly keptUpTo: number;
  }): Promise<void>;
  /** Several at once; also said with every heartbeat. */
  report(region: RegionId, reports: readonly SpaceReport[]): Promise<void>;
  /** Asks every region to report, waits a moment for those that are there, and compares. */
  verify(space: SpaceId, options: { readonly deep: boolean }): Promise<Verification>;
  digestNode(request: {
    readonly space: SpaceId;
    readonly position: FeedPosition;
    readonly folder: EntryId;
    readonly bucket: number | null;
  }): Promise<DigestNode>;

  policy(space: SpaceId): Promise<RevisedPolicy>;
  setPolicy(space: SpaceId, policy: SpacePolicy): Promise<RevisedPolicy>;
  /** Settles merges that are done or failed, and leases more. */
  mergeWork(request: {
    readonly region: RegionId;
    readonly done: readonly string[];
    readonly failed: readonly { readonly taskId: string; readonly reason: string }[];
    readonly want: number;
  }): Promise<{ readonly tasks: readonly MergeTask[] }>;
  /** Of the entries that have a merge waiting or failed. */
  mergeStates(
    space: SpaceId,
    entries: readonly EntryId[],
  ): Promise<readonly { readonly entryId: EntryId; readonly state: 'waiting' | 'failed'; readonly reason: string | null }[]>;

  raise(events: readonly RaisedEvent[]): Promise<void>;
  /** In order, after a sequence. */
  events(request: {
    readonly after: number;
    readonly limit: number;
    readonly types: readonly EventType[] | null;
  }): Promise<readonly HubEvent[]>;

  /** The tree at and below a path as it was. Throws `history-ended` if the log does not reach back so far. */
  treeAt(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly moment: Moment;
    readonly recursive: boolean;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<PastTreePage>;

  /**
   * A hub that lost its database, and whose regions no longer have every operation: has one region (null: the one that is furthest) send its
   * confirmed state. `replace`: a log that has begun meanwhile, and that such a region refuses, gives way; what it has taken is taken again.
   * Throws `already-exists` (the log has begun), `not-ready` (no such region is connected), `precondition-failed` (nothing to replace).
   */
  rebuild(request: {
    readonly space: SpaceId;
    readonly from: RegionId | null;
    readonly replace?: boolean;
  }): Promise<{ readonly from: RegionId }>;
  /** The state of the furthest region, page by page (`page` grows by one from 0), becomes the start of a log. `last` ends it; `seed-refused` is raised where that is too late. */
  seed(request: {
    readonly space: SpaceId;
    readonly region: RegionId;
    readonly page: number;
    readonly effects: readonly Effect[];
    readonly last: {
      readonly position: FeedPosition;
      readonly forks: Forks;
      readonly acknowledged: Readonly<Record<string, number>>;
    } | null;
  }): Promise<void>;
  /**
   * A backup or copy of the hub's database exists: regions need not keep what it holds (the safe position, SY10). Of `beganMs`, the time by
   * the hub's clock at which it was begun, a minute is taken off; `upTo` is what the copy itself has as the end of the log. Without either:
   * all that is there now, for a copy that is begun after the answer. Answers up to where the log is safe, which may be less or more.
   */
  noteBackup(
    space: SpaceId,
    holds?: { readonly beganMs: number } | { readonly upTo: FeedPosition },
  ): Promise<{ readonly safe: number; readonly head: FeedPosition }>;
}
