import { pause } from '../back-off.ts';
import { type ChoiceLimits, chooseEdge, defaultChoiceLimits, type EdgeChoice } from './choose-edge.ts';
import { createEdgeRecords } from './edge-records.ts';
import { defaultProbeLimits, type Measured, type Probe, type ProbeLimits, probeEdges } from './probe-edge.ts';
import type { RegionList } from './region-list.ts';

/** How near edges are found and kept. Times in ms. */
export interface NearestPace extends ChoiceLimits, ProbeLimits {
  /** Between two comparisons of all edges, while calls are made: nothing is probed for somebody who does nothing. */
  readonly compareEveryMs: number;
  /** How long the first choice waits for other edges once one has answered. */
  readonly firstChoiceMs: number;
  /** How long one call may be silent before it is asked whether its edge lives, and how long that question may take. */
  readonly silentMs: number;
  readonly checkMsMax: number;
  /** Refusals (`overloaded`, `not-ready`) in a row after which an edge is left, and for how long. */
  readonly refusalsMax: number;
  readonly refusedForMs: number;
  /** Between two questions to the hub. */
  readonly askHubEveryMs: number;
}
export const defaultPace: NearestPace = {
  ...defaultChoiceLimits,
  ...defaultProbeLimits,
  compareEveryMs: 15_000,
  firstChoiceMs: 150,
  silentMs: 2_000,
  checkMsMax: 1_500,
  refusalsMax: 3,
  refusedForMs: 15_000,
  askHubEveryMs: 300_000,
};

export interface Move {
  readonly from: string;
  readonly to: string;
  readonly why: 'failed' | 'nearer';
}
export interface EdgeGuideDeps {
  readonly regions: RegionList;
  readonly probe: Probe;
  readonly pace: NearestPace;
  /** Of the last run: what it had chosen, and when it last compared. */
  readonly chosen: { readonly url: string | null; readonly comparedMs: number };
  readonly nowMs: () => number;
  readonly onMove: (move: Move) => void;
  /** After each comparison and each move. */
  readonly onChosen: (url: string, comparedMs: number) => void;
}
/** Knows which edge is to be used now. */
export interface EdgeGuide {
  /** The first time, after all were probed. */
  present(): Promise<string>;
  /** What was chosen last; null: nothing yet. */
  chosen(): string | null;
  /** It is left at once, until it answers a probe. */
  failed(url: string): void;
  /** True when it has refused so often in a row that it is left. */
  refused(url: string): boolean;
  worked(url: string): void;
  /** One quick probe: whether it lives. */
  check(url: string): Promise<boolean>;
  /** Compares all edges now. */
  compare(): Promise<void>;
}

export function createEdgeGuide(deps: EdgeGuideDeps): EdgeGuide {
  const { regions, probe, pace, nowMs } = deps;
  const records = createEdgeRecords({ ...pace, nowMs });
  let choice: EdgeChoice | null = deps.chosen.url === null ? null : { url: deps.chosen.url, rival: null };
  let comparedMs = deps.chosen.comparedMs;
  let comparing: Promise<void> | null = null;

  const decide = (why: Move['why']): void => {
    const before = choice;
    choice = chooseEdge(records.states(regions.known()), { present: before, nowMs: nowMs(), limits: pace });
    if (choice === null) return;
    deps.onChosen(choice.url, comparedMs);
    if (before !== null && before.url !== choice.url) deps.onMove({ from: before.url, to: choice.url, why });
  };
  const compareAll = async (): Promise<void> => {
    const urls = (await regions.current()).map(({ url }) => url);
    records.keepOnly(urls);
    const first = Promise.withResolvers<void>();
    const onMeasured = (measured: Measured): void => {
      records.measured(measured);
      if (measured.roundTripMs !== null) first.resolve();
    };
    const all = probeEdges(urls, { probe, limits: pace, onMeasured });
    // Nobody waits for a dead edge to begin with.
    await (choice === null ? Promise.race([all, first.promise.then(() => pause(pace.firstChoiceMs))]) : all);
    comparedMs = nowMs();
    decide(choice === null || records.isUp(choice.url) ? 'nearer' : 'failed');
  };
  const compare = (): Promise<void> => {
    comparing ??= compareAll().finally(() => {
      comparing = null;
    });
    return comparing;
  };
  return {
    present: async () => {
      const known = await regions.current();
      if (!known.some(({ url }) => url === choice?.url)) await compare();
      else if (nowMs() - comparedMs >= pace.compareEveryMs) compare().catch(() => undefined);
      return choice?.url ?? known[0]?.url ?? '';
    },
    chosen: () => choice?.url ?? null,
    failed: (url) => {
      records.failed(url);
      decide('failed');
    },
    refused: (url) => {
      const isTooOften = records.refused(url);
      if (isTooOften) decide('failed');
      return isTooOften;
    },
    worked: records.worked,
    check: async (url) => (await probe(url, { samples: 1, msMax: pace.checkMsMax })) !== null,
    compare,
  };
}
