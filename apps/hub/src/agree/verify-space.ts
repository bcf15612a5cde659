import type { RegionVerification } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { IsPlaced } from '../fleet/fleet-view.ts';
import type { Agreement, TakenReport } from './agreement.ts';

/** Regions that listen are waited for so long; a deep report reads every row. */
export const verifyMs = 5_000;
export const verifyDeepMs = 20_000;
/** A region that is behind is given so long before it is asked again. */
const askAgainMs = 200;

export interface VerifyDeps {
  readonly store: Pick<HubStore, 'digest' | 'listRegions'>;
  readonly board: Pick<WakeUpBoard, 'listening' | 'reportWanted'>;
  readonly agreement: Pick<Agreement, 'last' | 'count' | 'nextReport'>;
  readonly isPlaced: IsPlaced;
}
interface Question {
  readonly space: SpaceId;
  readonly deep: boolean;
  readonly position: FeedPosition;
  /** Reports up to this number were there before. */
  readonly since: number;
}

/** Every region that is to have the space is asked anew: `equal` only if each of them was at or after the hub's position of now and had the same digest. */
export function verifySpace(deps: VerifyDeps): HubServices['verify'] {
  return async (space, { deep }) => {
    const { position, digest } = await deps.store.digest(space);
    const question: Question = { space, deep, position, since: deps.agreement.count() };
    const rows = (await deps.store.listRegions()).filter(({ id }) => deps.isPlaced(id, space));
    await waitForReports(
      deps,
      question,
      rows.map(({ id }) => id),
    );
    const regions = rows.map(({ id }) => verificationOf(id, answerOf(deps, question, id), position));
    return { space, position, digest, equal: regions.every(({ state }) => state === 'equal'), regions };
  };
}

async function waitForReports(deps: VerifyDeps, question: Question, regions: readonly RegionId[]): Promise<void> {
  const asked = new Map<RegionId, number>();
  let late = false;
  const timer = setTimeout(
    () => {
      late = true;
    },
    question.deep ? verifyDeepMs : verifyMs,
  );
  while (!late) {
    const here = new Set(deps.board.listening());
    const open = regions.filter((region) => here.has(region) && !isSettled(answerOf(deps, question, region), question.position));
    if (open.length === 0) break;
    const answered = (region: RegionId): number => deps.agreement.last(region, question.space)?.number ?? 0;
    const toAsk = new Set(open.filter((region) => answered(region) > (asked.get(region) ?? -1)));
    for (const region of toAsk) asked.set(region, answered(region));
    if (toAsk.size > 0) deps.board.reportWanted(question.space, { deep: question.deep, concerns: (region) => toAsk.has(region) });
    await deps.agreement.nextReport(askAgainMs);
  }
  clearTimeout(timer);
}

/** What a region said since it was asked; null for nothing. */
function answerOf({ agreement }: VerifyDeps, { space, since, deep }: Question, region: RegionId): TakenReport | null {
  const last = agreement.last(region, space);
  return last !== null && last.number > since && (last.report.deep || !deep) ? last : null;
}

function isSettled(answer: TakenReport | null, asked: FeedPosition): boolean {
  if (answer === null) return false;
  return answer.verdict === 'diverged' || (answer.verdict === 'equal' && isAtOrAfter(answer.report.position, asked));
}

/** The log goes on through epochs, so a later epoch has all that was asked for. */
const isAtOrAfter = (position: FeedPosition, asked: FeedPosition): boolean =>
  position.epoch >= asked.epoch && position.sequence >= asked.sequence;

function verificationOf(region: RegionId, answer: TakenReport | null, asked: FeedPosition): RegionVerification {
  if (answer === null) return { region, state: 'away', position: null, digest: null, divergence: null };
  const { position, digest, divergence } = answer.report;
  if (answer.verdict !== 'diverged')
    return { region, state: isSettled(answer, asked) ? 'equal' : 'behind', position, digest, divergence: null };
  return { region, state: 'diverged', position, digest, divergence: divergence ?? { since: position, paths: [] } };
}
