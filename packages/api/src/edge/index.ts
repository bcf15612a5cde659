export type {
  EdgeServices,
  EntryInfo,
  FileCommit,
  ListingPage,
  Placement,
  RegionInfo,
  RegionStatus,
  SpaceEvent,
  VersionInfo,
} from './services.ts';
