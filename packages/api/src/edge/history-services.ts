import type { Author, EntryId, FeedPosition, SpaceId } from '@jzse/sync';
import type { BulkOutcome } from './conflict-services.ts';
import type { EntryInfo } from './services.ts';

/** A moment, by the hub's clock; `region`: as that region saw it then (what it had applied, with its own changes on top). */
export interface Moment {
  readonly atMs: number;
  readonly region: string | null;
}
/** An entry as it was. */
export interface PastEntry {
  readonly id: EntryId;
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
  readonly version: string | null;
  readonly author: Author | null;
}
export interface PastListing {
  /** Of the hub's log, that the moment stands for. */
  readonly position: FeedPosition;
  readonly entries: readonly PastEntry[];
  readonly next: string | null;
}
export interface PathDifference {
  readonly path: string;
  readonly what: 'only-left' | 'only-right' | 'differs';
  readonly left: PastEntry | null;
  readonly right: PastEntry | null;
}
export interface DeletedEntry {
  readonly id: EntryId;
  readonly kind: 'file' | 'folder';
  readonly path: string;
  readonly size: number;
  readonly deletedMs: number;
  readonly deletedBy: string;
}

/** The past of a space. What reaches further back than this region knows is asked of the hub (`hub-unreachable`, `history-ended`). */
export interface HistoryServices {
  /** A former version of a file (dot key) is shown again, or what was deleted at this path comes back (`version` null: its last one). */
  restore(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly version: string | null;
    readonly author: Author;
  }): Promise<EntryInfo>;
  /** Deleted and not yet forgotten, at and below a folder. */
  listDeleted(
    space: SpaceId,
    folder: string,
    page: { readonly after: string | null; readonly limit: number },
  ): Promise<{ readonly entries: readonly DeletedEntry[]; readonly next: string | null }>;
  /** A folder as it was; `recursive`: with all below it, folders before what is in them. */
  listAt(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly moment: Moment;
    readonly recursive: boolean;
    readonly after: string | null;
    readonly limit: number;
  }): Promise<PastListing>;
  /** Between two moments or regions, by path; at most `differencesMax`, `more` says whether there are others. */
  difference(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly left: Moment;
    readonly right: Moment;
  }): Promise<{ readonly differences: readonly PathDifference[]; readonly more: boolean }>;
  /** A file or folder with all below it as it was, by ordinary new operations; `removeNew`: what was not there then is deleted. */
  restoreTo(request: {
    readonly space: SpaceId;
    readonly path: string;
    readonly moment: Moment;
    readonly removeNew: boolean;
    readonly preview: boolean;
    readonly author: Author;
  }): Promise<BulkOutcome>;
}
export const differencesMax = 1_000;
