export type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
export type { AuditChain, AuditSearch, AuditStore, AuditStoreRow } from './audit-store.ts';
export { openAuditStore } from './audit-store.ts';
export { CounterReused } from './counter-reused.ts';
export { EpochMismatch } from './epoch-mismatch.ts';
export type { EnrolmentRow, FleetStore } from './fleet-store.ts';
export { openFleetStore } from './fleet-store.ts';
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
export type { DirectoryChange, IdentityStore, SessionRow, SigningKeyRow, StoredRecord } from './identity/identity-store.ts';
export { DirectoryChanged } from './identity/identity-store.ts';
export { openIdentityStore } from './identity/open-identity-store.ts';
export { LogDiffers } from './log-differs.ts';
export { LogNotEmpty } from './log-not-empty.ts';
export { LogNotReplaced } from './log-not-replaced.ts';
export type { OpenHubStoreOptions } from './open-hub-store.ts';
export { openHubStore } from './open-hub-store.ts';
export { SeedIncomplete } from './seed-incomplete.ts';
export { UnknownSpace } from './unknown-space.ts';
