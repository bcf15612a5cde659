import type { TransferSource } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';

export interface SourceView {
  readonly isBroken: (region: RegionId) => boolean;
  readonly requestsInFlight: (region: RegionId) => number;
  /** In [0, 1): ties are broken at random, so that two readers do not lean on one region. */
  readonly random: () => number;
}

/** The healthiest holder, then the least busy one. A broken one only if there is no other: it may be back. Null if there is none at all. */
export function chooseSource(sources: readonly TransferSource[], view: SourceView): TransferSource | null {
  let best: { readonly source: TransferSource; readonly rank: number } | null = null;
  for (const source of sources) {
    const rank = (view.isBroken(source.region) ? 1_000_000 : 0) + view.requestsInFlight(source.region) + view.random();
    if (best === null || rank < best.rank) best = { source, rank };
  }
  return best?.source ?? null;
}
