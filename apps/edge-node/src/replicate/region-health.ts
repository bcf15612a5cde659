import type { TransferSource } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';
import { ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import { NotStored } from './receive-chunks.ts';

/** How the other regions do, as seen by the requests that are made to them. */
export interface RegionHealth {
  /** Runs a request; a region that failed several times in a row is not asked at all for a while (rejects at once). */
  run<T>(source: TransferSource, request: () => Promise<T>): Promise<T>;
  isBroken(region: RegionId): boolean;
  requestsInFlight(region: RegionId): number;
}

const failuresToBreak = 3;
const askAgainAfterMs = 3_000;

export function createRegionHealth(nowMs: () => number): RegionHealth {
  const regions = new Map<RegionId, ReturnType<typeof watchRegion>>();
  const of = (region: RegionId) => {
    const known = regions.get(region) ?? watchRegion(nowMs);
    regions.set(region, known);
    return known;
  };
  return {
    run: async (source, request) => {
      const region = of(source.region);
      region.inFlight++;
      try {
        return await region.breaker.execute(request);
      } finally {
        region.inFlight--;
      }
    },
    isBroken: (region) => nowMs() < of(region).brokenUntilMs,
    requestsInFlight: (region) => of(region).inFlight,
  };
}

function watchRegion(nowMs: () => number) {
  // That this region cannot store what came is not the other one's fault.
  const isTheirs = handleWhen((error) => !(error instanceof NotStored));
  const breaker = circuitBreaker(isTheirs, { breaker: new ConsecutiveBreaker(failuresToBreak), halfOpenAfter: askAgainAfterMs });
  const watched = { breaker, inFlight: 0, brokenUntilMs: 0 };
  breaker.onBreak(() => {
    watched.brokenUntilMs = nowMs() + askAgainAfterMs;
  });
  breaker.onReset(() => {
    watched.brokenUntilMs = 0;
  });
  return watched;
}
