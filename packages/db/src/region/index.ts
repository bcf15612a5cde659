export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export { FeedGap } from './apply-feed.ts';
export { SnapshotWouldLose } from './apply-snapshot.ts';
export type { Released, ReleaseStep } from './chunk-index.ts';
export type { Unheld, UnheldStep } from './contents.ts';
export type { OpenRegionStore, RegionStoreOptions } from './open-region-store.ts';
export { openRegionStore } from './open-region-store.ts';
export type {
  AppliedFeed,
  ChangeRow,
  CommitRequest,
  Committed,
  CommitView,
  ContentWithChunks,
  Cursor,
  DecideCommit,
  DigestChildren,
  DoorRow,
  FinishedTransfer,
  JournalRow,
  RecentChanges,
  RegionStore,
  SnapshotPage,
  SpaceDigest,
  TransferSource,
  UploadRow,
  UploadStep,
  WantedContent,
} from './region-store.ts';
export { ReplicaReused } from './replica-reused.ts';
export type { ShownFolders } from './shown-folders.ts';
export { StaleUpload } from './uploads.ts';
