import type { Content, Dot, Effect, FeedPosition, FeedRow, Forks, Hash, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import type { RegionInfo } from '../edge/services.ts';
import type { ConvergenceServices } from './convergence-services.ts';

export interface Source {
  readonly region: RegionId;
  readonly url: string;
}
export interface Lease {
  readonly transferId: string;
  readonly space: SpaceId;
  readonly content: Content;
  readonly priority: number;
  readonly sources: readonly Source[];
  readonly leaseUntilMs: number;
}
export interface Capacity {
  readonly diskFreeBytes: number;
  readonly diskTotalBytes: number;
  readonly heldBytes: number;
  readonly outbox: number;
}

/** What the hub does for regions and operators; apps/hub implements it. */
export interface HubServices extends ReplicationServices, ConvergenceServices {}

export interface ReplicationServices {
  listSpaces(): Promise<readonly SpaceId[]>;
  createSpace(space: SpaceId): Promise<void>;
  /** `replica` null: a new life, and one is issued; the same is answered again for a known one. */
  register(request: {
    readonly region: RegionId;
    readonly url: string;
    readonly replica: ReplicaId | null;
  }): Promise<{ readonly replica: ReplicaId }>;
  heartbeat(region: RegionId, capacity: Capacity): Promise<void>;
  regions(): Promise<readonly RegionInfo[]>;
  push(request: {
    readonly space: SpaceId;
    readonly epoch: number;
    readonly region: RegionId;
    /** Where the region's cursor is, with the dot of that row: its author may have seen all up to there (null: nothing, or not kept). Throws `log-differs`. */
    readonly cursor: LogCursor;
    readonly operations: readonly Operation[];
  }): Promise<{ readonly acknowledged: number; readonly head: FeedPosition }>;
  /** `snapshot-needed` when the feed no longer reaches back, or the epoch changed; `log-differs` when the hub's log of this epoch is not the one that the region knows: it was restored (SY10). */
  pull(request: { readonly space: SpaceId; readonly region: RegionId; readonly after: LogCursor; readonly limit: number }): Promise<
    | {
        readonly type: 'rows';
        readonly rows: readonly FeedRow[];
        readonly head: FeedPosition;
        readonly forks: Forks;
        /** Copies and backups of the hub hold the log up to this sequence of its present epoch. */
        readonly safe: number;
      }
    | { readonly type: 'snapshot-needed' }
    | { readonly type: 'log-differs' }
  >;
  snapshotHead(space: SpaceId): Promise<{
    readonly position: FeedPosition;
    /** Of the row at `position`. */
    readonly dot: Dot | null;
    readonly forks: Forks;
    readonly acknowledged: Readonly<Record<string, number>>;
    readonly safe: number;
    readonly digest: string;
  }>;
  snapshotPage(
    space: SpaceId,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<{ readonly effects: readonly Effect[]; readonly next: string | null }>;
  /** Settles what is done or failed, records holdings made otherwise, and leases more: one round trip. */
  transfers(request: {
    readonly region: RegionId;
    readonly done: readonly string[];
    readonly failed: readonly string[];
    readonly held: readonly { readonly space: SpaceId; readonly hash: Hash }[];
    readonly want: number;
  }): Promise<{ readonly leases: readonly Lease[] }>;
  /** A reader in `region` waits for it: put first; answers who has it. */
  locate(request: { readonly region: RegionId; readonly space: SpaceId; readonly hash: Hash }): Promise<readonly Source[]>;
  holders(space: SpaceId, hash: Hash): Promise<readonly Source[]>;
  /** For a path a region does not know: the hub's view of it. */
  resolvePath(
    space: SpaceId,
    path: string,
  ): Promise<{
    readonly content: Content;
    readonly version: string;
    readonly name: string;
    readonly mediaType: string | null;
    readonly modifiedMs: number;
    readonly sources: readonly Source[];
  } | null>;
  /** Wake-ups for one region: heads that moved, spaces added, transfers that wait. First one at once with every head. */
  wakeUps(region: RegionId, signal: AbortSignal): AsyncIterable<WakeUp>;
  status(): Promise<{
    readonly version: string;
    readonly regions: readonly RegionInfo[];
    readonly spaces: readonly { readonly space: SpaceId; readonly head: FeedPosition }[];
    readonly pendingTransfers: Readonly<Record<string, number>>;
  }>;
}
export interface LogCursor {
  readonly epoch: number;
  readonly sequence: number;
  /** Of the row there; null if nothing or no longer known. */
  readonly dot: Dot | null;
}
export interface WakeUp {
  readonly heads: readonly { readonly space: SpaceId; readonly head: FeedPosition }[];
  readonly transfers: boolean;
  /** The directory has this revision now; with the first wake-up too. */
  readonly directory?: number;
  /** There are merges to lease. */
  readonly merges?: boolean;
  /** Policies that changed; with the first wake-up all of them. */
  readonly policies?: readonly { readonly space: SpaceId; readonly revision: number }[];
  /** Report on these spaces now. */
  readonly report?: { readonly spaces: readonly SpaceId[]; readonly deep: boolean };
  /** Send the confirmed state of this space (`seed`). */
  readonly seed?: SpaceId;
}
