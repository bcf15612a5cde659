import type { EdgeState } from './choose-edge.ts';
import type { Measured } from './probe-edge.ts';
import type { RegionAddress } from './region-list.ts';

export interface EdgeRecordsDeps {
  /** Refusals in a row after which an edge counts as down, and for how long it then does, whatever it answers to probes. */
  readonly refusalsMax: number;
  readonly refusedForMs: number;
  readonly nowMs: () => number;
}
/** How each edge has done so far. */
export interface EdgeRecords {
  states(regions: readonly RegionAddress[]): readonly EdgeState[];
  isUp(url: string): boolean;
  measured(measured: Measured): void;
  failed(url: string): void;
  /** True when that was one too many. */
  refused(url: string): boolean;
  worked(url: string): void;
  keepOnly(urls: readonly string[]): void;
}

interface EdgeRecord {
  readonly roundTripMs: number | null;
  readonly isUp: boolean;
  readonly downUntilMs: number;
  readonly refusals: number;
}
const unknown: EdgeRecord = { roundTripMs: null, isUp: true, downUntilMs: 0, refusals: 0 };

export function createEdgeRecords({ refusalsMax, refusedForMs, nowMs }: EdgeRecordsDeps): EdgeRecords {
  const records = new Map<string, EdgeRecord>();
  const recordOf = (url: string): EdgeRecord => records.get(url) ?? unknown;
  const change = (url: string, changed: Partial<EdgeRecord>) => void records.set(url, { ...recordOf(url), ...changed });
  return {
    states: (regions) =>
      regions.map(({ url, healthy, load }) => {
        const { roundTripMs, isUp } = recordOf(url);
        return { url, healthy, load, roundTripMs, isUp };
      }),
    isUp: (url) => recordOf(url).isUp,
    measured: ({ url, roundTripMs }) => {
      const before = recordOf(url);
      change(url, { roundTripMs: roundTripMs ?? before.roundTripMs, isUp: roundTripMs !== null && nowMs() >= before.downUntilMs });
    },
    failed: (url) => change(url, { isUp: false }),
    refused: (url) => {
      const refusals = recordOf(url).refusals + 1;
      if (refusals < refusalsMax) change(url, { refusals });
      else change(url, { refusals: 0, isUp: false, downUntilMs: nowMs() + refusedForMs });
      return refusals >= refusalsMax;
    },
    worked: (url) => {
      if (recordOf(url).refusals > 0) change(url, { refusals: 0 });
    },
    keepOnly: (urls) => {
      for (const url of records.keys()) if (!urls.includes(url)) records.delete(url);
    },
  };
}
