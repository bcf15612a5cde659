import type { Author, ChunkHashAndSize, Content, Dot, EntryId, Hash, SpaceId } from '@jzse/sync';
import type { ConflictServices } from './conflict-services.ts';
import type { HistoryServices } from './history-services.ts';
import type { TrustServices } from './trust-services.ts';

/** A file or folder as people see it. `version` is the winner's dot (`beijing:1/42`), null for folders. */
export interface EntryInfo {
  readonly id: EntryId;
  readonly kind: 'file' | 'folder';
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly modifiedMs: number;
  readonly mediaType: string | null;
  readonly hash: Hash | null;
  readonly version: string | null;
  readonly author: Author | null;
  /** More than one head: a conflict. */
  readonly siblings: number;
  /** This region has all its bytes. */
  readonly held: boolean;
  /** The hub has ordered it (false: only this region knows of it yet). */
  readonly confirmed: boolean;
}
export interface VersionInfo {
  readonly version: string;
  readonly hash: Hash;
  readonly size: number;
  readonly modifiedMs: number;
  readonly author: Author;
  readonly current: boolean;
  readonly held: boolean;
  /** Dot keys of the versions that it was made from. */
  readonly parents: readonly string[];
}
export interface ListingPage {
  readonly folder: EntryInfo;
  readonly entries: readonly EntryInfo[];
  readonly next: string | null;
}
export interface RegionStatus {
  readonly region: string;
  readonly replica: string | null;
  readonly version: string;
  readonly hub: { readonly url: string; readonly reachable: boolean; readonly lastContactMs: number | null };
  readonly spaces: readonly {
    readonly space: string;
    readonly position: { readonly epoch: number; readonly sequence: number };
    readonly hubHead: number | null;
    readonly lag: number;
    readonly outbox: number;
    readonly oldestUnsentMs: number | null;
    /** Files with several heads. */
    readonly conflicts: number;
    /** Nothing goes out until somebody opens the door. */
    readonly doorClosed: boolean;
    readonly divergedSince: number | null;
    /** Why the hub's state is not taken here, and what to do about it. */
    readonly refusal?: string | null;
  }[];
  readonly pendingTransfers: number;
  readonly diskFreeBytes: number;
  /** Of the hub (`hub`) and the regions that this one calls: `open` is not asked for a while, `half-open` is being found out. */
  readonly breakers?: readonly { readonly target: string; readonly state: 'closed' | 'half-open' | 'open' }[];
}
export interface FileCommit {
  readonly path: string;
  readonly content: Content;
  readonly chunks: readonly ChunkHashAndSize[];
  readonly modifiedMs: number | null;
  readonly mediaType: string | null;
  /** Only if this version (dot key) is shown now. */
  readonly ifMatch: string | null;
  /** Only if nothing has the name. */
  readonly ifAbsent: boolean;
  readonly base: readonly Dot[] | null;
}
export interface Placement {
  readonly region: string;
  readonly url: string;
  readonly holds: boolean;
}

/** What an edge does for its people; apps/edge-node implements it, the router only translates. Paths are `/a/b`, `/` is the space's top. */
export interface EdgeServices extends FileServices, ConflictServices, HistoryServices, TrustServices {}

export interface FileServices {
  listSpaces(): Promise<readonly SpaceId[]>;
  list(space: SpaceId, path: string, page: { readonly after: string | null; readonly limit: number }): Promise<ListingPage>;
  stat(space: SpaceId, path: string): Promise<EntryInfo>;
  history(
    space: SpaceId,
    path: string,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<{ readonly versions: readonly VersionInfo[]; readonly next: string | null }>;
  /** Missing parents are made. An existing folder is returned as it is. */
  makeFolder(space: SpaceId, path: string, author: Author): Promise<EntryInfo>;
  /** `to` is the whole new path; its parents must be there. */
  move(request: { readonly space: SpaceId; readonly from: string; readonly to: string; readonly author: Author }): Promise<EntryInfo>;
  remove(space: SpaceId, path: string, author: Author): Promise<void>;
  missingChunks(hashes: readonly Hash[]): Promise<readonly Hash[]>;
  /** All of them or none. */
  commitFiles(space: SpaceId, files: readonly FileCommit[], author: Author): Promise<readonly EntryInfo[]>;
  /** Which regions hold the shown version (asks the hub; empty when it is away and nothing is known). */
  placements(space: SpaceId, path: string): Promise<readonly Placement[]>;
  regions(): Promise<readonly RegionInfo[]>;
  status(): Promise<RegionStatus>;
  /** Changes of a space as they become visible here, resumable from an id. */
  watch(
    space: SpaceId,
    options: { readonly lastEventId: string | null; readonly signal: AbortSignal },
  ): AsyncIterable<{ readonly id: string; readonly event: SpaceEvent }>;
}
export interface RegionInfo {
  readonly id: string;
  readonly url: string;
  readonly healthy: boolean;
  readonly lastSeenMs: number | null;
  readonly diskFreeBytes: number | null;
  /** How far ahead of the hub its clock was at its last push, if by more than the limit (SY9); else null. */
  readonly clockSkewMs: number | null;
  readonly outbox: number | null;
  readonly pendingTransfers: number;
}
/** `changed`: ids of the folders whose listing may differ now. `reset`: re-read everything (the id asked for is too old). */
export type SpaceEvent =
  | { readonly type: 'changed'; readonly folders: readonly EntryId[]; readonly paths: readonly string[] }
  | { readonly type: 'held'; readonly hashes: readonly Hash[] }
  | { readonly type: 'reset' };
