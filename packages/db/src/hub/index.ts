export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export { EpochMismatch } from './epoch-mismatch.ts';
export type { HubStore, Integrated, LeasedTransfer, RegionCapacity, RegionRow, SnapshotHead } from './hub-store.ts';
export { transferPriority } from './hub-store.ts';
export type { OpenHubStoreOptions } from './open-hub-store.ts';
export { openHubStore } from './open-hub-store.ts';
export { UnknownSpace } from './unknown-space.ts';
