export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export { EpochMismatch } from './epoch-mismatch.ts';
export type {
  EventRow,
  Forgettable,
  HubStore,
  Integrated,
  LeasedTransfer,
  MergeRow,
  OldTombstone,
  RegionCapacity,
  RegionProgress,
  RegionRow,
  SnapshotHead,
} from './hub-store.ts';
export { transferPriority } from './hub-store.ts';
export { LogDiffers } from './log-differs.ts';
export { LogNotEmpty } from './log-not-empty.ts';
export { LogNotReplaced } from './log-not-replaced.ts';
export type { OpenHubStoreOptions } from './open-hub-store.ts';
export { openHubStore } from './open-hub-store.ts';
export { UnknownSpace } from './unknown-space.ts';
