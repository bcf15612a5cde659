import type { Dot, FeedRow, Operation, ReplicaId, SpaceId } from '@jzse/sync';
import { dotKey, isSameCommit } from '@jzse/sync';
import type { SpaceRow } from './cursor.ts';
import type { Outbox } from './outbox.ts';

/**
 * The log has operations of this store's replica that this store never committed, or others under the same dots: its disk was put
 * back to an older copy. Or it cannot show any more what it took under them. Nothing was changed; the store has to become a new
 * replica (`renewReplica`) before it goes on.
 */
export class ReplicaReused extends Error {
  readonly space: SpaceId;
  /** What waits up to here is in the log as it was committed, and keeps its number; null: that is not known of anything. */
  readonly sameUpTo: Dot | null;
  constructor(space: SpaceId, dot: Dot, sameUpTo: Dot | null = null) {
    super(`the log of ${space} does not show the operation ${dotKey(dot)} of this store: the region goes on as a new replica`);
    this.name = 'ReplicaReused';
    this.space = space;
    this.sameUpTo = sameUpTo;
  }
}

export interface ReuseDeps {
  readonly outbox: Pick<Outbox, 'find' | 'isEmpty'>;
  readonly replica: () => ReplicaId | null;
}

/** The rows before the first that gives a restored disk away. Throws `ReplicaReused` if that is the first one of all. */
export function rowsOfThisLife(deps: ReuseDeps, before: SpaceRow, rows: readonly FeedRow[]): readonly FeedRow[] {
  const own = deps.replica();
  const at = rows.findIndex(({ operation }) => operation.dot.replica === own && isOfAnotherLife(deps, before, operation));
  const first = rows[at];
  if (first === undefined) return rows;
  if (at === 0) throw new ReplicaReused(before.tree.space, first.operation.dot);
  return rows.slice(0, at);
}

export function isOfAnotherLife({ outbox }: Pick<ReuseDeps, 'outbox'>, before: SpaceRow, operation: Operation): boolean {
  if (operation.dot.counter > before.counter) return true;
  const committed = outbox.find(before.tree.space, dotKey(operation.dot));
  return committed !== null && !isSameCommit(committed, operation);
}
