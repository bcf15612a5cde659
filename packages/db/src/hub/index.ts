export type { HubStore, Integrated, LeasedTransfer, RegionCapacity, RegionRow, SnapshotHead } from './hub-store.ts';
export { transferPriority } from './hub-store.ts';
