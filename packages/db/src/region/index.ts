export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export type {
  CommitRequest,
  Committed,
  CommitView,
  ContentWithChunks,
  Cursor,
  DecideCommit,
  RegionStore,
  SnapshotPage,
  TransferSource,
  UploadRow,
  WantedContent,
} from './region-store.ts';
