import { JzseError, type SpaceReport } from '@jzse/api';
import { LogNotReplaced } from '@jzse/db/hub';
import type { RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import type { Agreement } from '../agree/agreement.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface ChooseSeederDeps {
  readonly board: Pick<WakeUpBoard, 'listening' | 'reportWanted'>;
  readonly agreement: Pick<Agreement, 'last' | 'count' | 'nextReport'>;
}
export interface SeederChoice {
  readonly from: RegionId | null;
  /** Of the log that is to give way: who follows it has nothing to put in its place. Null: it is empty. */
  readonly youngEpoch: number | null;
}

/** Regions that listen are waited for so long. */
const reportsWithinMs = 3_000;
/** Who connects meanwhile, or leaves, is noticed after so long. */
const lookAgainMs = 200;

/**
 * The region that is named, or of those that listen and say how far they are the furthest. What they said earlier does not count: by now
 * they may have taken the log. Throws `not-ready`, `LogNotReplaced`.
 */
export async function chooseSeeder(deps: ChooseSeederDeps, space: SpaceId, { from, youngEpoch }: SeederChoice): Promise<RegionId> {
  if (from !== null && !deps.board.listening().includes(from))
    throw new JzseError('not-ready', `region ${from} is not connected: start it, then try again`, { detail: { space, region: from } });
  const reports = await askForReports(deps, space, from);
  // Who has taken the empty log already stands in the latest epoch, and has nothing to give (found by simulation).
  const known = [...reports].filter(([, { position }]) => position.sequence > 0 || from !== null);
  const [furthest] = known
    .filter(([, { position }]) => position.epoch !== youngEpoch)
    .sort(([left, { position: a }], [right, { position: b }]) => comparePositions(b, a) || (left < right ? -1 : 1));
  if (furthest !== undefined) return furthest[0];
  if (known.length > 0)
    throw new LogNotReplaced(space, `${from ?? 'every region that is connected'} follows it already, and has nothing to put in its place`);
  throw new JzseError('not-ready', `no region that is connected says how far it knows ${space}: wait a moment, or name one`, {
    detail: { space },
  });
}

async function askForReports(
  { board, agreement }: ChooseSeederDeps,
  space: SpaceId,
  from: RegionId | null,
): Promise<ReadonlyMap<RegionId, SpaceReport>> {
  const since = agreement.count();
  const asked = (): readonly RegionId[] => (from === null ? board.listening() : [from]);
  const fresh = (region: RegionId): readonly (readonly [RegionId, SpaceReport])[] => {
    const last = agreement.last(region, space);
    return last !== null && last.number > since ? [[region, last.report]] : [];
  };
  board.reportWanted(space, { deep: false, concerns: (region) => from === null || region === from });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
  }, reportsWithinMs);
  while (!late && asked().some((region) => fresh(region).length === 0)) await agreement.nextReport(lookAgainMs);
  clearTimeout(timer);
  return new Map(asked().flatMap(fresh));
}
