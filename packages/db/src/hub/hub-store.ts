import type {
  Content,
  Dot,
  Effect,
  Entry,
  EntryId,
  FeedPosition,
  FeedRow,
  Forks,
  Hash,
  Operation,
  RegionId,
  ReplicaId,
  SpaceId,
  Version,
} from '@jzse/sync';
import type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
import type { TransferSource } from '../region/region-store.ts';

export interface RegionRow {
  readonly id: RegionId;
  readonly url: string;
  readonly registeredAtMs: number;
  readonly lastSeenAtMs: number;
  readonly capacity: RegionCapacity | null;
  /** Ahead of the hub at its last push, if by more than the limit. */
  readonly clockSkewMs: number | null;
}
export interface RegionCapacity {
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  readonly heldBytes: number;
  readonly outbox: number;
}
export interface Integrated {
  /** How many of the operations that were offered, from the first on, the log has now. Fewer than all: a gap follows. */
  readonly acknowledged: number;
  readonly head: FeedPosition;
  /** What was new, in the order of the log. Rows of another hub on the database may stand between. */
  readonly rows: readonly FeedRow[];
  /** How far stamps of the pusher's own that were new are ahead of the hub (they were clamped, SY9); null: not by more than the limit. */
  readonly skewMs: number | null;
}
/** Lower is sooner: a person waiting now, small and recent, bulk. */
export const transferPriority = { waiting: 0, small: 10, bulk: 20 } as const;
export interface LeasedTransfer {
  readonly transferId: string;
  readonly space: SpaceId;
  readonly content: Content;
  readonly priority: number;
  readonly sources: readonly TransferSource[];
  readonly leaseUntilMs: number;
}
export interface SnapshotHead {
  readonly position: FeedPosition;
  readonly dot: Dot | null;
  readonly forks: Forks;
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly safe: number;
  readonly digest: string;
}
/** The hub's word on how far a region is. */
export interface RegionProgress {
  readonly region: RegionId;
  readonly space: SpaceId;
  readonly position: FeedPosition;
  readonly atMs: number;
}
export interface MergeRow {
  /** `<space>/<entry id>`. */
  readonly taskId: string;
  readonly space: SpaceId;
  readonly entryId: EntryId;
  readonly heads: readonly Dot[];
  readonly leaseUntilMs: number;
}
export interface EventRow {
  readonly sequence: number;
  readonly type: string;
  readonly space: SpaceId | null;
  readonly region: RegionId | null;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
}
/** What may be forgotten at once: for the hub's own operation (SY11). */
export interface Forgettable {
  readonly entries: readonly { readonly id: EntryId; readonly deletedBy: Dot }[];
  readonly versions: readonly { readonly entryId: EntryId; readonly dot: Dot }[];
}
/** A tombstone with what goes along with it: all versions of the entry and of what was merged into it. */
export type OldTombstone = Forgettable['entries'][number] & { readonly versions: Forgettable['versions'] };

/** The authoritative metadata of all spaces, on Postgres. */
export interface HubStore extends MetadataStore {
  // registry
  /** Idempotent; a new region is planned to fetch everything that there is. */
  registerRegion(region: { readonly id: RegionId; readonly url: string }, nowMs: number): Promise<void>;
  /** Never the same one twice. From the second on, what the former life held is held no longer, and is planned to be fetched. */
  issueReplica(region: RegionId): Promise<ReplicaId>;
  /** A life that a region has, whoever issued it: the next one is a later one, also from a hub that lost its database. */
  noteReplica(replica: ReplicaId): Promise<void>;
  heartbeat(region: RegionId, capacity: RegionCapacity, nowMs: number): Promise<void>;
  listRegions(): Promise<readonly RegionRow[]>;

  // integrate and feed
  /** The current end of a space's feed, and where earlier epochs ended. */
  head(space: SpaceId): Promise<{ readonly position: FeedPosition; readonly forks: Forks }>;
  /** Under the space's row lock, one transaction for each few hundred: operations of each replica in counter order (known ones dropped; a gap ends the batch), applied, appended to the feed, contents that the pusher itself wrote recorded as held by it, transfers planned for all regions that lack one. Throws `EpochMismatch`, `UnknownSpace`. */
  integrate(push: {
    readonly space: SpaceId;
    readonly epoch: number;
    readonly region: RegionId;
    readonly operations: readonly Operation[];
    readonly nowMs: number;
    /** The dot of the row that the pusher's cursor names: throws `LogDiffers` if ours is another one, or we have none that far. */
    readonly cursor?: { readonly sequence: number; readonly dot: Dot | null };
  }): Promise<Integrated>;
  /** Feed rows after a position of the current epoch, in order, gap-free. */
  readFeed(space: SpaceId, after: FeedPosition, limit: number): Promise<readonly FeedRow[]>;
  /** Rows before this are gone: a cursor behind it needs a snapshot. */
  feedStart(space: SpaceId): Promise<FeedPosition>;
  snapshotHead(space: SpaceId): Promise<SnapshotHead>;
  /** Current entries, aliases and versions as effects, paged; consistent enough because the feed after `snapshotHead` is applied on top. */
  snapshotPage(space: SpaceId, page: PageRequest): Promise<Page<Effect>>;

  /** The dots of rows of the present epoch's log, by sequence; null where the row is gone or never was. */
  rowDots(space: SpaceId, sequences: readonly number[]): Promise<readonly (Dot | null)[]>;
  /** What the log has under these counters of a replica, in their order; null where it has nothing (any more). */
  operationsUnder(space: SpaceId, replica: ReplicaId, counters: readonly number[]): Promise<readonly (Operation | null)[]>;
  /** A new epoch, above all that were, that keeps the log up to `keptUpTo` as what the old one handed on; false if `epoch` is over already. The log itself stays. */
  raiseEpoch(space: SpaceId, request: { readonly epoch: number; readonly keptUpTo: number; readonly nowMs: number }): Promise<boolean>;
  /**
   * The state of a region becomes the start of a log; pages first, then `seal`. The epoch is a new one. Throws `LogNotEmpty` if anything was
   * integrated; with `replaces` that gives way (SY10), unless it has all that the region has seen, or has taken something that the region has not
   * and whose rows are gone: then throws `LogNotReplaced`.
   */
  seedPage(space: SpaceId, page: number, effects: readonly Effect[]): Promise<void>;
  sealSeed(
    space: SpaceId,
    seed: {
      readonly pages: number;
      readonly position: FeedPosition;
      readonly forks: Forks;
      readonly acknowledged: Readonly<Record<string, number>>;
      readonly nowMs: number;
      readonly replaces?: boolean;
    },
  ): Promise<void>;
  /** What a log had taken that was replaced, and the state that took its place lacks, in the old order: to be integrated once more. `upTo` of the last one. */
  carried(space: SpaceId, limit: number): Promise<{ readonly upTo: number; readonly operations: readonly Operation[] }>;
  /** Those up to `upTo` are in the log again. */
  dropCarried(space: SpaceId, upTo: number): Promise<void>;
  /** Sequence up to which backups, and every live region's state, hold the log. */
  safe(space: SpaceId): Promise<number>;
  /** Never back. */
  setSafe(space: SpaceId, sequence: number): Promise<void>;
  /** Drops feed rows up to a sequence, a step at a time, and with them the past of the tree; answers how many went. */
  pruneFeed(space: SpaceId, upTo: number, limit: number): Promise<number>;
  /** The last row that was integrated at or before a time; null: the log does not reach back so far. */
  sequenceAt(space: SpaceId, atMs: number): Promise<number | null>;
  /** The earliest time that the log knows the tree of: of its first batch, or of what was pruned last; null: nothing was ever integrated. */
  pastBegins(space: SpaceId): Promise<number | null>;

  // agreement (SY13)
  digest(space: SpaceId): Promise<{ readonly position: FeedPosition; readonly digest: string }>;
  digestChildren(
    space: SpaceId,
    folder: EntryId,
    bucket: number | null,
  ): Promise<{
    readonly position: FeedPosition;
    readonly childSum: string;
    readonly aliases: string;
    readonly versions: string;
    readonly buckets: readonly string[];
    readonly children: readonly { readonly id: EntryId; readonly term: string }[] | null;
  }>;

  // the past
  /** Live children of a folder as the log had it at a sequence, ordered by name key. */
  childrenAt(space: SpaceId, folder: EntryId, at: { readonly sequence: number; readonly page: PageRequest }): Promise<Page<Entry>>;
  entryAt(space: SpaceId, id: EntryId, sequence: number): Promise<Entry | null>;
  /** Operations of a region that it had committed by then, and that stand in the log after `after`. */
  operationsOf(
    space: SpaceId,
    request: { readonly region: RegionId; readonly after: number; readonly untilMs: number; readonly limit: number },
  ): Promise<readonly Operation[]>;
  noteProgress(progress: readonly RegionProgress[]): Promise<void>;
  /** How far a region was at a time; null: not known. */
  progressAt(region: RegionId, space: SpaceId, atMs: number): Promise<FeedPosition | null>;
  /** How far each region is, by its last word. */
  progress(space: SpaceId): Promise<readonly RegionProgress[]>;
  pruneProgress(olderThanMs: number, limit: number): Promise<number>;

  // forgetting (SY11)
  /** Tombstones without children that went before `beforeMs`, at or below `upTo`, longest gone first; each with all of its versions, which are to go in the same operation. What is forgotten is not named again. */
  oldTombstones(
    space: SpaceId,
    request: { readonly beforeMs: number; readonly upTo: number; readonly limit: number },
  ): Promise<readonly OldTombstone[]>;
  /** Entries, in the order of ids, that have a version older than `beforeMs` besides others; with all of their versions at or below `upTo`, for `planRetention`. A page may be empty though more follow. */
  entriesWithOldVersions(
    space: SpaceId,
    request: { readonly beforeMs: number; readonly upTo: number; readonly page: PageRequest },
  ): Promise<Page<{ readonly entry: Entry; readonly versions: readonly Version[] }>>;

  // policies, merges, events
  policy(space: SpaceId): Promise<{ readonly revision: number; readonly policy: string }>;
  setPolicy(space: SpaceId, policy: string): Promise<number>;
  policies(): Promise<readonly { readonly space: SpaceId; readonly revision: number; readonly policy: string }[]>;
  /** Live files with several heads, in the order of ids. */
  listConflicts(space: SpaceId, page: PageRequest): Promise<Page<Entry>>;
  /** Appoints nobody yet. A task of the same entry with other heads takes the place of the former. */
  planMerges(tasks: readonly { readonly space: SpaceId; readonly entryId: EntryId; readonly heads: readonly Dot[] }[]): Promise<void>;
  /** To a region that holds the bytes of all heads, and to no other while the lease lasts. */
  leaseMerges(
    region: RegionId,
    options: { readonly limit: number; readonly leaseMs: number; readonly nowMs: number },
  ): Promise<readonly MergeRow[]>;
  settleMerges(settled: {
    readonly done: readonly string[];
    readonly failed: readonly { readonly taskId: string; readonly reason: string }[];
  }): Promise<void>;
  mergeStates(
    space: SpaceId,
    entries: readonly EntryId[],
  ): Promise<readonly { readonly entryId: EntryId; readonly state: 'waiting' | 'failed'; readonly reason: string | null }[]>;
  raiseEvents(events: readonly Omit<EventRow, 'sequence'>[]): Promise<void>;
  readEvents(request: {
    readonly after: number;
    readonly limit: number;
    readonly types: readonly string[] | null;
  }): Promise<readonly EventRow[]>;
  noteClockSkew(region: RegionId, skewMs: number | null): Promise<void>;

  // holdings and transfers
  recordHoldings(region: RegionId, held: readonly { readonly space: SpaceId; readonly hash: Hash }[]): Promise<void>;
  /** Most recently seen first. */
  holders(space: SpaceId, contentHash: Hash): Promise<readonly TransferSource[]>;
  /** Leases up to `limit` for this region, best priority first, then oldest; expired leases are given out again. */
  leaseTransfers(
    region: RegionId,
    options: { readonly limit: number; readonly leaseMs: number; readonly nowMs: number },
  ): Promise<readonly LeasedTransfer[]>;
  /** Done: the holding is recorded and the transfer gone. Failed: given back with a delay. Ids unknown or of other regions are ignored. */
  settleTransfers(
    region: RegionId,
    settled: { readonly done: readonly string[]; readonly failed: readonly string[] },
    nowMs: number,
  ): Promise<void>;
  /** A person waits for it: planned now if need be, and put first. */
  prioritise(region: RegionId, space: SpaceId, contentHash: Hash, nowMs: number): Promise<void>;
  /** What the region was given last is given out again: the answer that said so may have been lost. */
  releaseTransfers(region: RegionId): Promise<void>;
  pendingTransfers(): Promise<Readonly<Record<string, number>>>;
}
