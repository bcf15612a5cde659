import type { Dot, FeedPosition, Forks } from './causality.ts';
import { dotKey } from './dot.ts';
import type { Attribution } from './entry.ts';
import type { Operation } from './operation.ts';

/** Whether the author of an operation had seen what `attribution` did: its own earlier operation, or one within the feed prefix it had (SY1, SY10). */
export function hadSeen(operation: Operation, attribution: Attribution, forks: Forks): boolean {
  const { dot } = operation;
  if (attribution.dot.replica === dot.replica && attribution.dot.counter < dot.counter) return true;
  return attribution.position !== null && covers(operation.context.position, attribution.position, forks);
}

/**
 * Whether a prefix of the feed that ended at `seen` holds `position`. Where epochs ended in between, only what they handed on counts;
 * an epoch that this log does not come from handed on nothing. Epochs grow, but not by one: a new log starts far above every old one.
 */
function covers(seen: FeedPosition, position: FeedPosition, forks: Forks): boolean {
  // What the next epoch kept of the one that it had seen: of a log that gave way to another nothing, though the numbers go on.
  const kept = forks[seen.epoch];
  let limit = Math.min(seen.sequence, kept ?? seen.sequence);
  if (seen.epoch >= position.epoch) return position.sequence <= limit;
  if (kept === undefined) return false;
  for (const [epoch, end] of Object.entries(forks)) {
    if (Number(epoch) >= seen.epoch && Number(epoch) < position.epoch) limit = Math.min(limit, end);
  }
  return position.sequence <= limit;
}

export const dotKeys = (dots: readonly Dot[]): ReadonlySet<string> => new Set(dots.map(dotKey));
