import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';

export interface Divergence {
  /** The first position at which the digests differed. */
  readonly since: FeedPosition;
  /** Entries that differ, by path; the first `pathsMax`. */
  readonly paths: readonly string[];
}
/** What one region says of a space. */
export interface SpaceReport {
  readonly space: SpaceId;
  readonly position: FeedPosition;
  readonly digest: string;
  /** When it was at this position. */
  readonly atMs: number;
  /** Computed anew from all rows, not kept along. */
  readonly deep: boolean;
  readonly divergence: Divergence | null;
}
export interface RegionVerification {
  readonly region: RegionId;
  /** `equal`: the same digest at the same position, at or after the hub's when it was asked. `behind`: not there yet. `away`: no report. */
  readonly state: 'equal' | 'behind' | 'diverged' | 'away';
  readonly position: FeedPosition | null;
  readonly digest: string | null;
  readonly divergence: Divergence | null;
}
export interface Verification {
  readonly space: SpaceId;
  readonly position: FeedPosition;
  readonly digest: string;
  readonly equal: boolean;
  readonly regions: readonly RegionVerification[];
}
/** Paths named in a report. */
export const divergentPathsMax = 100;
