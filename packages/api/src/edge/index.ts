export { edgeAccess } from './access-table.ts';
export type {
  BulkOutcome,
  ChangeInfo,
  ConflictChoice,
  ConflictDetail,
  ConflictInfo,
  ConflictRule,
  ConflictServices,
} from './conflict-services.ts';
export type { DeletedEntry, HistoryServices, Moment, PastEntry, PastListing, PathDifference } from './history-services.ts';
export { differencesMax } from './history-services.ts';
export type { EdgeAccounts, EdgeSharing, PlacedGrant, PlacedLink, WhoAmI } from './identity-services.ts';
export type { EdgeContext } from './procedure.ts';
export type { EdgeRouter } from './router.ts';
export { edgeRouter, filesPerCommitMax, hashesMax } from './router.ts';
export type {
  EdgeServices,
  EntryInfo,
  FileCommit,
  FileServices,
  ListingPage,
  Placement,
  RegionInfo,
  RegionStatus,
  SpaceEvent,
  VersionInfo,
} from './services.ts';
export type { ClosedDoor, TrustServices } from './trust-services.ts';
