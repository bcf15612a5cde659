import type { Content, Effect, FeedPosition, FeedRow, Forks, Hash, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import type { RegionInfo } from '../edge/services.ts';

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
export interface HubServices {
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
    readonly operations: readonly Operation[];
  }): Promise<{ readonly acknowledged: number; readonly head: FeedPosition }>;
  /** `snapshot-needed` when the feed no longer reaches back, or the epoch changed. */
  pull(request: {
    readonly space: SpaceId;
    readonly after: FeedPosition;
    readonly limit: number;
  }): Promise<
    | { readonly type: 'rows'; readonly rows: readonly FeedRow[]; readonly head: FeedPosition; readonly forks: Forks }
    | { readonly type: 'snapshot-needed' }
  >;
  snapshotHead(
    space: SpaceId,
  ): Promise<{ readonly position: FeedPosition; readonly forks: Forks; readonly acknowledged: Readonly<Record<string, number>> }>;
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
export interface WakeUp {
  readonly heads: readonly { readonly space: SpaceId; readonly head: FeedPosition }[];
  readonly transfers: boolean;
}
