import type { Dot, FeedPosition, Stamp } from './causality.ts';
import type { EntryId } from './identifiers.ts';
import type { Author, Content, FileFacts } from './operation.ts';

/** Which operation did something, and where the hub put it; `position` is null until the hub has. */
export interface Attribution {
  readonly dot: Dot;
  readonly stamp: Stamp;
  readonly position: FeedPosition | null;
}

export interface Version extends Attribution {
  readonly content: Content;
  readonly facts: FileFacts;
  readonly author: Author;
  /** The versions that it was made from: what its author saw and superseded, or the one that was restored. */
  readonly parents: readonly Dot[];
}
/** `implied`: it went with its folder, and comes back with it (rule 4). */
export interface TrashedVersion extends Version {
  readonly trashedBy: Dot;
  readonly implied: boolean;
}
export interface Deletion {
  readonly dot: Dot;
  readonly position: FeedPosition | null;
  readonly implied: boolean;
}

/** State of a file or folder; plain JSON, replaced whole by effects. Live files have at least one head; heads are sorted, winner first. */
export interface Entry {
  readonly id: EntryId;
  readonly kind: 'file' | 'folder';
  /** Null only for the root. */
  readonly parentId: EntryId | null;
  readonly name: string;
  /** The operation that last placed it. */
  readonly location: Attribution | null;
  readonly created: Attribution | null;
  readonly heads: readonly Version[];
  readonly trash: readonly TrashedVersion[];
  /** Writes whose bytes equalled a head: merged into it (rule 2). */
  readonly sameDots: readonly Dot[];
  readonly deleted: Deletion | null;
  /** Stands in for something forgotten, under "Recovered" (rule 11). */
  readonly recovered: boolean;
}

/** Something people should hear about; the activity of the space. */
export type NoteKind =
  | 'name-clash'
  | 'move-superseded'
  | 'move-cycle'
  | 'edit-beats-delete'
  | 'partial-delete'
  | 'revived'
  | 'recovered'
  | 'unknown-entry'
  | 'merged-create'
  | 'conflict';

/** What applying an operation changed. A feed row carries these; applying them twice changes nothing. */
export type Effect =
  | { readonly type: 'entry'; readonly entry: Entry }
  | { readonly type: 'alias'; readonly from: EntryId; readonly to: EntryId }
  | { readonly type: 'version'; readonly entryId: EntryId; readonly version: Version }
  /** The tombstone is gone, as if the entry had never been; so are the aliases that led to it. */
  | { readonly type: 'forget-entry'; readonly entryId: EntryId }
  | { readonly type: 'forget-version'; readonly dot: Dot }
  | { readonly type: 'note'; readonly note: NoteKind; readonly entryId: EntryId };
