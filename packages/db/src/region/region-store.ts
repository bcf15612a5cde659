import type {
  Author,
  ChunkHashAndSize,
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
  TreeReader,
  Version,
} from '@jzse/sync';
import type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
import type { Released, ReleaseStep } from './chunk-index.ts';
import type { Unheld, UnheldStep } from './contents.ts';

/** Given the shown tree inside the transaction, decides the operations to commit; throwing rolls back only this commit. Must be synchronous and free of effects: it may run again. */
export type DecideCommit = (view: CommitView) => readonly Operation[];

export interface CommitView {
  readonly tree: TreeReader;
  /** True when the hub has merged this id, not only this region's own view (SY5). */
  isConfirmedAlias(id: EntryId): boolean;
  readonly replica: ReplicaId;
  readonly position: FeedPosition;
  /** Counter of the last operation committed in this space; the first new one is this plus one. */
  readonly lastCounter: number;
  /** Highest stamp seen or issued, for the hybrid clock. */
  readonly clock: { readonly wallMs: number; readonly logical: number };
  /** All these chunks are here (checked in the same transaction). */
  hasChunks(hashes: readonly Hash[]): boolean;
}

export interface CommitRequest {
  readonly space: SpaceId;
  readonly decide: DecideCommit;
  /** Manifests of the contents that the operations name, so that collection sees their chunks. Held here by definition. */
  readonly contents: readonly ContentWithChunks[];
  /** The upload that this commit completes: marked so in the same transaction, and its chunks are named no longer. */
  readonly uploadDone?: string;
  /** These operations are one change that a person can undo (`changes`). */
  readonly change?: { readonly changeId: string; readonly what: string; readonly author: Author };
}
export interface ContentWithChunks {
  readonly content: Content;
  readonly chunks: readonly ChunkHashAndSize[];
}
/** An entry as it was shown before an operation of this region changed it; kept for a while, so that it can be undone. */
export interface JournalRow {
  readonly dot: Dot;
  readonly entryId: EntryId;
  /** Null: it was not there. */
  readonly before: Entry | null;
  /** All operations of the change on this entry, that one first. */
  readonly dots: readonly Dot[];
}
/** A change of many entries that a person can undo as one. */
export interface ChangeRow {
  readonly changeId: string;
  readonly atMs: number;
  readonly author: Author;
  readonly what: string;
  readonly entries: number;
}
/** Closed: nothing of the space goes out. */
export interface DoorRow {
  readonly space: SpaceId;
  readonly sinceMs: number;
  readonly reason: string;
  readonly author: Author;
  readonly entries: number;
  readonly changeId: string;
}
/** Confirmed and shown otherwise lately by one author: what a door is closed by. */
export interface RecentChanges {
  /** Live files that deletes, moves and rewrites of this author touched within the window, each once. */
  readonly entries: number;
  /** Live files of the space before them. */
  readonly total: number;
}
export interface SpaceDigest {
  readonly position: FeedPosition;
  /** `spaceDigest` of the confirmed state. */
  readonly digest: string;
}
export interface DigestChildren {
  readonly childSum: string;
  readonly aliases: string;
  readonly versions: string;
  readonly buckets: readonly string[];
  readonly children: readonly { readonly id: EntryId; readonly term: string }[] | null;
}
export interface Committed {
  readonly operations: readonly Operation[];
  readonly effects: readonly Effect[];
  readonly position: FeedPosition;
  readonly counter: number;
}

export interface Cursor {
  readonly position: FeedPosition;
  readonly forks: Forks;
  /** Of the feed row at the cursor; null at 0, or if it is not known. */
  readonly dot: Dot | null;
}
export interface AppliedFeed {
  /** The digest that the last row named, and ours after it; null if it named none. */
  readonly digests: { readonly position: FeedPosition; readonly hub: string; readonly own: string } | null;
}
/** Sent by the hub in answer to a pull that its feed no longer covers, or after an epoch change. Paged: entries then aliases then versions. */
export interface SnapshotPage {
  readonly effects: readonly Effect[];
}

export interface UploadRow {
  readonly id: string;
  readonly space: SpaceId;
  readonly path: string;
  /** Raw tus `Upload-Metadata`. */
  readonly metadata: string;
  readonly length: number | null;
  readonly offset: number;
  readonly expiresAtMs: number;
  readonly base: readonly Dot[] | null;
  readonly kind: 'single' | 'partial' | 'final';
  /** Committed; the row stays until it expires, so that a client that lost the answer learns of it. */
  readonly completed: boolean;
  /** Raw tus `Upload-Concat` of a final one. */
  readonly concat?: string | null;
  /** Whose it is, and who will have made the version. Null: made before there were accounts. */
  readonly author?: Author | null;
  /** Bytes after the last sealed chunk that are already acknowledged. */
  readonly tail: Uint8Array;
}
export interface FinishedTransfer {
  readonly transferId: string;
  readonly content: ContentWithChunks;
}
export interface UploadStep {
  readonly fromOffset: number;
  readonly toOffset: number;
  readonly sealed: readonly ChunkHashAndSize[];
  readonly tail: Uint8Array;
  readonly length?: number;
  readonly completed?: boolean;
  readonly expiresAtMs?: number;
}
export interface WantedContent {
  readonly transferId: string;
  readonly space: SpaceId;
  readonly content: Content;
  readonly priority: number;
  readonly sources: readonly TransferSource[];
  readonly leaseUntilMs: number;
}
export interface TransferSource {
  readonly region: RegionId;
  readonly url: string;
}

/**
 * Metadata of one region on SQLite (WAL, synchronous=FULL). Every method that writes resolves after
 * its transaction is flushed; calls that arrive together share one transaction and one flush.
 */
export interface RegionStore extends MetadataStore {
  replica(): ReplicaId | null;
  /** Once per life of this store; a second call with another id throws. */
  adoptReplica(region: RegionId, replica: ReplicaId): Promise<void>;
  /** After `ReplicaReused`: the store goes on as a new replica, and what waits to be pushed becomes its first operations, but for what the error says is in the log already. */
  renewReplica(region: RegionId, replica: ReplicaId, same?: { readonly space: SpaceId; readonly upTo: Dot } | null): Promise<void>;

  // write
  commit(request: CommitRequest): Promise<Committed>;
  // outbox
  /** In the order to push; after the one named if it still waits, from the start if not. */
  readOutbox(space: SpaceId, limit: number, after?: Dot): Promise<readonly Operation[]>;
  outboxSize(space: SpaceId): Promise<number>;
  /** When the operation that waits longest was committed; null if none waits. */
  oldestUnsentMs(space: SpaceId): Promise<number | null>;
  spacesWithOutbox(): Promise<SpaceId[]>;
  // feed
  cursor(space: SpaceId): Promise<Cursor>;
  /** One transaction: effects, feed rows, outbox rows acknowledged by dot, outstanding operations shown on top again, cursor. Rows at or before the cursor are skipped; a gap throws. Throws `ReplicaReused`. */
  applyFeed(space: SpaceId, rows: readonly FeedRow[]): Promise<AppliedFeed>;
  /**
   * Builds the new confirmed state beside the old one, page by page, while reads and commits go on; then switches in one short transaction whose
   * cost follows the outbox and the log that is offered again, not the space. `acknowledged` is the hub's highest counter per replica.
   * Own rows leave the outbox only if `tail` or `taken` shows the very operation: throws `ReplicaReused` otherwise, and changes nothing.
   */
  applySnapshot(
    space: SpaceId,
    snapshot: {
      readonly position: FeedPosition;
      readonly forks: Forks;
      readonly acknowledged: Readonly<Record<string, number>>;
      /** Of the row at `position`. */
      readonly dot: Dot | null;
      readonly pages: AsyncIterable<SnapshotPage>;
      /** The rows up to `position` that this region keeps in its log from now on. */
      readonly tail: readonly Pick<FeedRow, 'position' | 'operation'>[];
      /** What the hub's log has under dots of this outbox that the tail does not show; absent: nothing of it is known. */
      readonly taken?: AsyncIterable<readonly Operation[]>;
    },
  ): Promise<void>;
  /** Old rows of the log that no hub can lack any more, a step at a time; answers how many went. */
  pruneFeed(space: SpaceId, upTo: FeedPosition, limit: number): Promise<number>;
  /** The dot of a row of the log; null if it is not kept. */
  feedDot(space: SpaceId, position: FeedPosition): Promise<Dot | null>;
  /** The operation that the log has at exactly this position; null if it is not kept. */
  feedOperation(space: SpaceId, position: FeedPosition): Promise<Operation | null>;
  /** The first and last rows of the log that are kept; null: none. */
  feedRange(space: SpaceId): Promise<{ readonly first: FeedPosition; readonly last: FeedPosition } | null>;
  /** The confirmed state as effects: entries, then aliases, then versions; as of the cursor, which must not move meanwhile. */
  confirmedPage(space: SpaceId, page: PageRequest): Promise<Page<Effect>>;
  acknowledgedCounters(space: SpaceId): Promise<Readonly<Record<string, number>>>;

  // agreement (SY13)
  digest(space: SpaceId): Promise<SpaceDigest>;
  /** The same from all rows, in steps that let others in between; null if the cursor moved meanwhile. */
  recomputeDigest(space: SpaceId): Promise<SpaceDigest | null>;
  /** Sums kept from change to change that are not those of the rows are replaced by these; false if the cursor moved meanwhile. */
  correctSums(space: SpaceId): Promise<boolean>;
  /** One folder of the digest tree; with `bucket` its children whose id's hash starts with that byte. */
  digestChildren(space: SpaceId, folder: EntryId, bucket: number | null): Promise<DigestChildren>;
  /** Since when, and where, the digests differ; null: they do not. Kept across restarts. */
  divergence(space: SpaceId): Promise<{ readonly since: FeedPosition; readonly paths: readonly string[] } | null>;
  noteDivergence(space: SpaceId, divergence: { readonly since: FeedPosition; readonly paths: readonly string[] } | null): Promise<void>;

  // conflicts and history
  /** Live files with several heads, at or below a folder if one is named, in the order of ids. */
  listConflicts(space: SpaceId, folder: EntryId | null, page: PageRequest): Promise<Page<Entry>>;
  countConflicts(space: SpaceId): Promise<number>;
  version(space: SpaceId, dot: Dot): Promise<Version | null>;
  /** The nearest version that all of these come from (`nearestCommonAncestor`); null: none, or forgotten. */
  commonAncestor(space: SpaceId, dots: readonly Dot[]): Promise<Version | null>;
  /** Tombstones that a person can bring back, newest deletion first; below a folder (itself deleted or not) if one is named. */
  listDeleted(space: SpaceId, folder: EntryId | null, page: PageRequest): Promise<Page<Entry>>;
  listChanges(space: SpaceId, limit: number): Promise<readonly ChangeRow[]>;
  /** What a change touched, oldest first: of each entry the state before the change. Null: no such change. */
  changeJournal(space: SpaceId, changeId: string): Promise<readonly JournalRow[] | null>;
  pruneJournal(olderThanMs: number, limit: number): Promise<number>;

  // policies and doors
  policy(space: SpaceId): Promise<{ readonly revision: number; readonly policy: string } | null>;
  /** An older revision than the stored one changes nothing. */
  setPolicy(space: SpaceId, revised: { readonly revision: number; readonly policy: string }): Promise<void>;
  /** Of one user on one device, since a time; from the journal. */
  recentChanges(space: SpaceId, author: Author, sinceMs: number): Promise<RecentChanges>;
  /** Whose last delete, move or rewrite still waits in the outbox, and when it touched something. */
  unsentAuthors(space: SpaceId): Promise<readonly { readonly user: string; readonly device: string; readonly lastMs: number }[]>;
  doors(): Promise<readonly DoorRow[]>;
  /** Closes it, with all that the author changed since then as one change that can be undone. */
  closeDoor(door: DoorRow, sinceMs: number): Promise<void>;
  openDoor(space: SpaceId): Promise<void>;
  /** Until then the door does not close. */
  expectChange(space: SpaceId, untilMs: number): Promise<void>;
  expectedUntilMs(space: SpaceId): Promise<number>;

  // the other regions, so that a start without the hub knows them
  knownRegions(): Promise<readonly TransferSource[]>;
  noteRegions(regions: readonly TransferSource[]): Promise<void>;

  // contents and what is held here
  isHeld(contentHash: Hash): Promise<boolean>;
  /** Sum of the sizes of the contents that are held. */
  heldBytes(): Promise<number>;
  chunksOf(content: Content): Promise<readonly ChunkHashAndSize[] | null>;
  /** Records of which chunks a content is before they are here, so that collection leaves those that have come. */
  recordManifest(content: ContentWithChunks): Promise<void>;
  /** All chunks are here: records the manifest and that this region holds it. */
  markHeld(space: SpaceId, contents: readonly ContentWithChunks[]): Promise<void>;
  /** The same for several spaces at once, with the transfers that this ends. */
  finishTransfers(done: readonly FinishedTransfer[]): Promise<void>;
  /** A step of a walk over all contents that versions name: those of them that are not held here. */
  unheldContents(step: UnheldStep): Promise<Unheld>;
  /** Contents held and not yet told to the hub. */
  unreportedHoldings(limit: number): Promise<readonly { readonly space: SpaceId; readonly hash: Hash }[]>;
  holdingsReported(hashes: readonly { readonly space: SpaceId; readonly hash: Hash }[]): Promise<void>;

  // transfers leased from the hub, kept so that work goes on while the hub is away
  addWanted(items: readonly WantedContent[]): Promise<void>;
  nextWanted(nowMs: number, limit: number): Promise<readonly WantedContent[]>;
  wantedDone(transferIds: readonly string[]): Promise<void>;
  wantedRetry(transferId: string, notBeforeMs: number): Promise<void>;
  wantedCount(): Promise<number>;

  // uploads
  createUpload(row: UploadRow): Promise<void>;
  upload(id: string): Promise<UploadRow | null>;
  uploadChunks(id: string): Promise<readonly ChunkHashAndSize[]>;
  /** Appends sealed chunks and replaces the tail; throws `StaleUpload` unless the stored offset is `fromOffset`. */
  advanceUpload(id: string, step: UploadStep): Promise<void>;
  removeUpload(id: string): Promise<void>;
  /** Uploads that have all their bytes and were never committed. */
  wholeUploads(limit: number): Promise<readonly string[]>;
  /** In one transaction, so that an upload that is prolonged at this moment is either kept or refused, never half removed. Answers their ids. */
  removeExpiredUploads(nowMs: number, limit: number): Promise<readonly string[]>;

  /** One step of garbage collection, in one transaction: index rows that nothing names are deleted; those with files are returned, to be unlinked. */
  releaseChunks(step: ReleaseStep): Promise<Released>;
  /** A chunk was found damaged or gone: contents that need it are held no longer. Answers those that a version names, each with a space that has it. */
  forgetContentWith(chunk: Hash): Promise<readonly { readonly space: SpaceId; readonly content: Content }[]>;
}
