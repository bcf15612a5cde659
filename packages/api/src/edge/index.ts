export type { EdgeContext, EdgeRouter } from './router.ts';
export { edgeRouter, filesPerCommitMax, hashesMax } from './router.ts';
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
