import type { TransferSource } from '@jzse/db/region';
import { type BreakerState, createBreakers } from '@jzse/gateway';
import type { RegionId } from '@jzse/sync';
import { NotStored } from './receive-chunks.ts';

/** How the other regions do, as seen by the requests that are made to them. */
export interface RegionHealth {
  /** Runs a request; a region that failed several times in a row is not asked at all for a while (rejects at once). */
  run<T>(source: TransferSource, request: () => Promise<T>): Promise<T>;
  /** Better ask another one: it failed, or it has been silent for long while requests wait for it. */
  isBroken(region: RegionId): boolean;
  requestsInFlight(region: RegionId): number;
  states(): readonly { readonly target: string; readonly state: BreakerState }[];
}

const failuresToBreak = 3;
const askAgainAfterMs = 3_000;
/** A region that answers none of its requests for so long is not given more while there is another. */
const suspectAfterMs = 1_500;

interface Watched {
  inFlight: number;
  answeredMs: number;
}

export function createRegionHealth(nowMs: () => number): RegionHealth {
  const regions = new Map<RegionId, Watched>();
  const breakers = createBreakers({
    failuresToBreak,
    askAgainAfterMs,
    // That this region cannot store what came is not the other one's fault.
    isFailure: (error) => !(error instanceof NotStored),
    meanwhile: 'wait',
    nowMs,
  });
  const of = (region: RegionId): Watched => {
    const known = regions.get(region) ?? { inFlight: 0, answeredMs: 0 };
    regions.set(region, known);
    return known;
  };
  return {
    run: async (source, request) => {
      const region = of(source.region);
      if (region.inFlight === 0) region.answeredMs = nowMs();
      region.inFlight++;
      try {
        const answer = await breakers.run(source.region, request);
        region.answeredMs = nowMs();
        return answer;
      } finally {
        region.inFlight--;
      }
    },
    isBroken: (region) => {
      const { inFlight, answeredMs } = of(region);
      return breakers.isBroken(region) || (inFlight > 0 && nowMs() - answeredMs > suspectAfterMs);
    },
    requestsInFlight: (region) => of(region).inFlight,
    states: breakers.states,
  };
}
