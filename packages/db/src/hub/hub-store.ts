import type { Content, Effect, FeedPosition, FeedRow, Forks, Hash, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
import type { TransferSource } from '../region/region-store.ts';

export interface RegionRow {
  readonly id: RegionId;
  readonly url: string;
  readonly registeredAtMs: number;
  readonly lastSeenAtMs: number;
  readonly capacity: RegionCapacity | null;
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
  /** What was new. */
  readonly rows: readonly FeedRow[];
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
  readonly forks: Forks;
  readonly acknowledged: Readonly<Record<string, number>>;
}

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
  /** One transaction under the space's row lock: operations of each replica in counter order (known ones dropped; a gap ends the batch), applied, appended to the feed, contents that the pusher itself wrote recorded as held by it, transfers planned for all regions that lack one. Throws `EpochMismatch`, `UnknownSpace`. */
  integrate(push: {
    readonly space: SpaceId;
    readonly epoch: number;
    readonly region: RegionId;
    readonly operations: readonly Operation[];
    readonly nowMs: number;
  }): Promise<Integrated>;
  /** Feed rows after a position of the current epoch, in order, gap-free. */
  readFeed(space: SpaceId, after: FeedPosition, limit: number): Promise<readonly FeedRow[]>;
  /** Rows before this are gone: a cursor behind it needs a snapshot. */
  feedStart(space: SpaceId): Promise<FeedPosition>;
  snapshotHead(space: SpaceId): Promise<SnapshotHead>;
  /** Current entries, aliases and versions as effects, paged; consistent enough because the feed after `snapshotHead` is applied on top. */
  snapshotPage(space: SpaceId, page: PageRequest): Promise<Page<Effect>>;

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
  pendingTransfers(): Promise<Readonly<Record<string, number>>>;
}
