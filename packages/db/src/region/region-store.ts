import type {
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
} from '@jzse/sync';
import type { MetadataStore } from '../metadata-store.ts';
import type { Released, ReleaseStep } from './chunk-index.ts';

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
}
export interface ContentWithChunks {
  readonly content: Content;
  readonly chunks: readonly ChunkHashAndSize[];
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
  /** One transaction: effects, feed rows, outbox rows acknowledged by dot, outstanding operations shown on top again, cursor. Rows at or before the cursor are skipped; a gap throws. Returns the entries whose shown state changed. */
  applyFeed(space: SpaceId, rows: readonly FeedRow[]): Promise<readonly Entry[]>;
  /** Replaces the confirmed state page by page in a staging area, then swaps in one transaction. `acknowledged` is the hub's highest counter per replica. */
  applySnapshot(
    space: SpaceId,
    snapshot: {
      readonly position: FeedPosition;
      readonly forks: Forks;
      readonly acknowledged: Readonly<Record<string, number>>;
      readonly pages: AsyncIterable<SnapshotPage>;
      readonly tail: readonly FeedRow[];
    },
  ): Promise<void>;

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
