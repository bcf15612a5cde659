import type { RegionStore } from '@jzse/db/region';
import { type Dot, type SpaceId, sameDot } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';

export interface FindForkDeps {
  readonly store: Pick<RegionStore, 'cursor' | 'feedDot' | 'feedRange'>;
  readonly hub: Pick<HubPort, 'rowDots' | 'snapshotHead'>;
}
export interface Fork {
  /** The epoch in which the logs part: the one to end. */
  readonly epoch: number;
  /** The last row that both logs have. */
  readonly keptUpTo: number;
}

/** Rows asked for in one round trip: two find the fork among 250,000. They travel in a URL, which bounds them. */
export const rowsPerRoundMax = 500;

/**
 * Where the hub's log and the one that this region knows part (SY10); null if the hub lives in a later epoch already.
 * Rows that the region has dropped were at or below the safe position, so the hub has them; of a log that shares no row it is thought to
 * share no more than that. Naming too small a sequence only makes conflicts; naming too large a one would hide them.
 */
export async function findFork(deps: FindForkDeps, space: SpaceId): Promise<Fork | null> {
  const { position, dot } = await deps.store.cursor(space);
  const head = (await deps.hub.snapshotHead(space)).position;
  // Put back to before our epoch began: all that it has now is what it hands on.
  if (head.epoch < position.epoch) return { epoch: head.epoch, keptUpTo: head.sequence };
  if (head.epoch > position.epoch) return null;
  const range = await deps.store.feedRange(space);
  const first = Math.min(range?.first.sequence ?? position.sequence, position.sequence);
  const ownDot = (sequence: number): Promise<Dot | null> =>
    sequence === position.sequence && dot !== null ? Promise.resolve(dot) : deps.store.feedDot(space, { epoch: position.epoch, sequence });
  let same = Math.max(0, Math.min(first - 1, head.sequence));
  let other = Math.min(position.sequence, head.sequence) + 1;
  while (other - same > 1) {
    const sequences = spread(same, other, rowsPerRoundMax);
    const [theirs, ours] = await Promise.all([deps.hub.rowDots(space, sequences), Promise.all(sequences.map(ownDot))]);
    const at = sequences.findIndex((_, index) => !isSameRow(theirs[index] ?? null, ours[index] ?? null));
    const parted = sequences[at];
    same = (at === -1 ? sequences.at(-1) : sequences[at - 1]) ?? same;
    other = parted ?? other;
  }
  return { epoch: position.epoch, keptUpTo: same };
}

const isSameRow = (left: Dot | null, right: Dot | null): boolean => left !== null && right !== null && sameDot(left, right);

/** At most so many numbers between the two, evenly; all of them if they fit. */
function spread(below: number, above: number, countMax: number): readonly number[] {
  const between = above - below - 1;
  const count = Math.min(between, countMax);
  return Array.from({ length: count }, (_, at) => below + Math.ceil(((at + 1) * between) / count));
}
