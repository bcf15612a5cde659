import type { RaisedEvent } from '@jzse/api';
import type { RegionId, SpaceId } from '@jzse/sync';

/** Which regions were said to differ, so that the same is not said twice, whether region or hub found out first. */
export interface Divergences {
  isDiverged(region: RegionId, space: SpaceId): boolean;
  /** Takes note of it. A divergence is news again when its paths are found. */
  isNews(event: RaisedEvent): boolean;
}

export function createDivergences(): Divergences {
  /** By region and space: whether paths were named. */
  const known = new Map<string, { readonly withPaths: boolean }>();
  const keyOf = (region: RegionId, space: SpaceId): string => `${region}/${space}`;
  return {
    isDiverged: (region, space) => known.has(keyOf(region, space)),
    isNews: ({ type, region, space, data }) => {
      if ((type !== 'diverged' && type !== 'converged') || region === null || space === null) return true;
      const key = keyOf(region, space);
      if (type === 'converged') return known.delete(key);
      const before = known.get(key);
      const withPaths = Array.isArray(data['paths']) && data['paths'].length > 0;
      if (before !== undefined && (before.withPaths || !withPaths)) return false;
      known.set(key, { withPaths });
      return true;
    },
  };
}
