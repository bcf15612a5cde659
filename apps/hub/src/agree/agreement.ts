import type { RaisedEvent, SpaceReport } from '@jzse/api';
import type { HubStore } from '@jzse/db/hub';
import { UnknownSpace } from '@jzse/db/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import type { DigestsDeps } from './digest-at.ts';
import { digestAt } from './digest-at.ts';
import { createDivergences, type Divergences } from './divergences.ts';

/** `unknown`: the log has no digest for the region's position (any more), so nothing can be said of it. */
export type Verdict = 'equal' | 'diverged' | 'unknown';
export interface TakenReport {
  readonly report: SpaceReport;
  readonly verdict: Verdict;
  /** Grows with each report that is taken, of whichever region. */
  readonly number: number;
}

/** What regions said last, compared with the log (SY13). In memory: whoever was not heard since we started has said nothing. */
export interface Agreement {
  /** Notes how far the region is, compares, and raises an event when it begins or ceases to differ. */
  take(region: RegionId, reports: readonly SpaceReport[]): Promise<void>;
  last(region: RegionId, space: SpaceId): TakenReport | null;
  /** The number of the last report. */
  count(): number;
  /** Resolves with the next report, or after so long. */
  nextReport(waitMs: number): Promise<void>;
  /** False for an event that says what was raised here already. */
  isNews(event: RaisedEvent): boolean;
}

export interface AgreementDeps extends DigestsDeps {
  readonly store: DigestsDeps['store'] & Pick<HubStore, 'noteProgress' | 'raiseEvents'>;
  readonly nowMs: () => number;
}

export function createAgreement(deps: AgreementDeps): Agreement {
  const taken = new Map<string, TakenReport>();
  const waiting = new Set<() => void>();
  const divergences = createDivergences();
  let count = 0;
  return {
    take: async (region, reports) => {
      await noteProgress(deps, region, reports);
      for (const report of reports) {
        const key = keyOf(region, report.space);
        const verdict = await judge(deps, report, taken.get(key) ?? null);
        if (verdict === null) continue;
        count += 1;
        taken.set(key, { report, verdict, number: count });
        await raiseChange(deps, divergences, { region, report, verdict });
      }
      for (const wake of waiting) wake();
    },
    last: (region, space) => taken.get(keyOf(region, space)) ?? null,
    count: () => count,
    nextReport: (waitMs) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(end);
          resolve();
        };
        const timer = setTimeout(end, waitMs);
        waiting.add(end);
      }),
    isNews: (event) => divergences.isNews(event),
  };
}

const keyOf = (region: RegionId, space: SpaceId): string => `${region}/${space}`;

/** A region whose clock is ahead was not there before it said so: its next word must not be older than this one. */
async function noteProgress({ store, nowMs }: AgreementDeps, region: RegionId, reports: readonly SpaceReport[]): Promise<void> {
  const now = nowMs();
  await store.noteProgress(reports.map(({ space, position, atMs }) => ({ region, space, position, atMs: Math.min(atMs, now) })));
}

/** Null for a space that is not known here. What was said before, word for word, is not looked up again. */
async function judge(deps: DigestsDeps, report: SpaceReport, before: TakenReport | null): Promise<Verdict | null> {
  if (report.divergence !== null) return 'diverged';
  const isSame =
    before !== null &&
    before.verdict === 'equal' &&
    before.report.digest === report.digest &&
    comparePositions(before.report.position, report.position) === 0;
  if (isSame) return 'equal';
  try {
    const ours = await digestAt(deps, report.space, report.position);
    if (ours === null) return 'unknown';
    return ours === report.digest ? 'equal' : 'diverged';
  } catch (cause) {
    if (cause instanceof UnknownSpace) return null;
    throw cause;
  }
}

async function raiseChange(
  { store, nowMs }: Pick<AgreementDeps, 'store' | 'nowMs'>,
  divergences: Divergences,
  { region, report, verdict }: { readonly region: RegionId; readonly report: SpaceReport; readonly verdict: Verdict },
): Promise<void> {
  if (verdict === 'unknown') return;
  const { space, position, divergence } = report;
  const data = verdict === 'diverged' ? { since: divergence?.since ?? position, paths: divergence?.paths ?? [] } : { at: position };
  const event: RaisedEvent = { type: verdict === 'diverged' ? 'diverged' : 'converged', space, region, atMs: nowMs(), data };
  if (verdict === 'equal' && !divergences.isDiverged(region, space)) return;
  if (divergences.isNews(event)) await store.raiseEvents([event]);
}
