export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export type { Ancestry } from './ancestry.ts';
export { FeedGap } from './apply-feed.ts';
export { SnapshotWouldLose } from './apply-snapshot.ts';
export type { AuditChainRow, AuditRow, RegionAudit } from './audit.ts';
export type { Released, ReleaseStep } from './chunk-index.ts';
export type { ChunkSpaces } from './chunk-spaces.ts';
export type { Unheld, UnheldStep } from './contents.ts';
export type { Directory, DirectoryHead, DirectoryPage, DirectoryReads, DirectoryRow } from './directory.ts';
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
export type { LinkUses, RegionalSession, RegionalSessions } from './regional-sessions.ts';
export { ReplicaReused } from './replica-reused.ts';
export type { ShownFolders } from './shown-folders.ts';
export { StaleUpload } from './uploads.ts';
export type { UsedBytes } from './used-bytes.ts';
