import { JzseError } from '@jzse/api';
import { differencesMax, type HistoryServices, type PathDifference } from '@jzse/api/edge';
import { winner } from '@jzse/sync';
import { comparePaths, type PastReadDeps, type PlacedEntry, pastEntry, pastTreeOrNone } from './past-tree.ts';

/**
 * What differs below a path between two moments or regions: both trees are read side by side, so memory does not grow with them.
 * Throws `history-ended`, `unknown-path` if neither had anything there, `hub-unreachable`.
 */
export async function difference(
  deps: PastReadDeps,
  { space, path, left, right }: Parameters<HistoryServices['difference']>[0],
): ReturnType<HistoryServices['difference']> {
  let sidesWithout = 0;
  const side = (moment: typeof left) => pastTreeOrNone(deps, { space, path, moment }, () => sidesWithout++);
  const differences: PathDifference[] = [];
  for await (const found of differing(side(left), side(right))) {
    if (differences.length === differencesMax) return { differences, more: true };
    differences.push(found);
  }
  if (sidesWithout === 2) throw new JzseError('unknown-path', `nothing was at ${path} at either moment`, { detail: { path } });
  return { differences, more: false };
}

type Side = AsyncGenerator<PlacedEntry, void, undefined>;

async function* differing(lefts: Side, rights: Side): AsyncGenerator<PathDifference, void, undefined> {
  const next = async (side: Side): Promise<PlacedEntry | null> => (await side.next()).value ?? null;
  try {
    let [left, right] = await Promise.all([next(lefts), next(rights)]);
    while (left !== null || right !== null) {
      const order = left === null ? 1 : right === null ? -1 : comparePaths(left.path, right.path);
      const [onLeft, onRight] = [order <= 0 ? left : null, order >= 0 ? right : null];
      const found = compare(onLeft, onRight);
      if (found !== null) yield found;
      [left, right] = await Promise.all([onLeft === null ? left : next(lefts), onRight === null ? right : next(rights)]);
    }
  } finally {
    await Promise.all([lefts.return(), rights.return()]);
  }
}

function compare(left: PlacedEntry | null, right: PlacedEntry | null): PathDifference | null {
  const path = (left ?? right)?.path ?? '';
  const shown = { path, left: left === null ? null : pastEntry(left), right: right === null ? null : pastEntry(right) };
  if (right === null) return { ...shown, what: 'only-left' };
  if (left === null) return { ...shown, what: 'only-right' };
  return isSame(left, right) ? null : { ...shown, what: 'differs' };
}

const isSame = ({ entry: left }: PlacedEntry, { entry: right }: PlacedEntry): boolean =>
  left.kind === right.kind && winner(left)?.content.hash === winner(right)?.content.hash;
