export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export { FeedGap } from './apply-feed.ts';
export type { OpenRegionStore } from './open-region-store.ts';
export { openRegionStore } from './open-region-store.ts';
export type {
  CommitRequest,
  Committed,
  CommitView,
  ContentWithChunks,
  Cursor,
  DecideCommit,
  FinishedTransfer,
  RegionStore,
  SnapshotPage,
  TransferSource,
  UploadRow,
  UploadStep,
  WantedContent,
} from './region-store.ts';
export { StaleUpload } from './uploads.ts';
