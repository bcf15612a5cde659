import type { Author, ChunkHashAndSize, Content, EntryId, SpaceId } from '@jzse/sync';
import type { MergeStrategy } from '../space-policy.ts';
import type { EntryInfo, VersionInfo } from './services.ts';

/** A file with several heads. `versions`: winner first, then by stamp. */
export interface ConflictInfo {
  readonly entryId: EntryId;
  readonly path: string;
  readonly versions: readonly VersionInfo[];
  /** The nearest version that all of them come from; null if there is none or it was forgotten. */
  readonly base: VersionInfo | null;
  /** For people: which change was made without having seen which. */
  readonly reason: string;
  readonly merge: { readonly strategy: MergeStrategy; readonly state: 'none' | 'waiting' | 'failed'; readonly reason: string | null };
}
/** Unified differences between the winner and each other version; empty where one is not text, or is too large. */
export interface ConflictDetail extends ConflictInfo {
  readonly differences: readonly { readonly left: string; readonly right: string; readonly unified: string }[];
}

export type ConflictChoice =
  /** This version (dot key) is shown from now on. */
  | { readonly type: 'version'; readonly version: string }
  /** The winner stays; each other becomes a file beside it. */
  | { readonly type: 'keep-both' }
  | { readonly type: 'content'; readonly content: Content; readonly chunks: readonly ChunkHashAndSize[]; readonly mediaType: string | null }
  /** By a strategy; null: the one that the space's policy names for the path. */
  | { readonly type: 'merge'; readonly strategy: Exclude<MergeStrategy, 'lww'> | null };

export type ConflictRule =
  | { readonly type: 'newest' }
  | { readonly type: 'oldest' }
  | { readonly type: 'region'; readonly region: string }
  | { readonly type: 'person'; readonly user: string }
  | { readonly type: 'keep-both' };

/** What a change of many files did, or would do. `changeId`: for `undoChange`; null in a preview. */
export interface BulkOutcome {
  readonly changeId: string | null;
  readonly done: readonly { readonly path: string; readonly what: string; readonly version: string | null }[];
  readonly skipped: readonly { readonly path: string; readonly why: string }[];
  /** There is more than one call handles: ask again. */
  readonly more: boolean;
}
export interface ChangeInfo {
  readonly changeId: string;
  readonly atMs: number;
  readonly author: Author;
  readonly what: string;
  readonly entries: number;
}

export interface ConflictServices {
  /** At and below a folder, a page at a time, in the order of ids. */
  listConflicts(
    space: SpaceId,
    folder: string,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<{ readonly conflicts: readonly ConflictInfo[]; readonly next: string | null }>;
  /** Throws `no-conflict` for a file with one head. */
  conflict(space: SpaceId, path: string): Promise<ConflictDetail>;
  /** `seen`: the versions that the person was shown; another one that came meanwhile stays a sibling. Null: all that are there. */
  resolveConflict(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly seen: readonly string[] | null;
    readonly choice: ConflictChoice;
    readonly author: Author;
  }): Promise<EntryInfo>;
  resolveConflicts(request: {
    readonly space: SpaceId;
    readonly folder: string;
    readonly rule: ConflictRule;
    readonly preview: boolean;
    readonly author: Author;
  }): Promise<BulkOutcome>;
  /** Changes of many files made here that can be undone, newest first. */
  listChanges(space: SpaceId): Promise<readonly ChangeInfo[]>;
  /** Brings back what a change touched as it was before, as ordinary new operations; what was changed since is skipped. */
  undoChange(request: { readonly space: SpaceId; readonly changeId: string; readonly author: Author }): Promise<BulkOutcome>;
}
