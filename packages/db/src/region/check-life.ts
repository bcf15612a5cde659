import type { Attribution, Dot, FeedRow, Operation, SpaceId } from '@jzse/sync';
import { dotKey, sameDot } from '@jzse/sync';
import type { Cursors, SpaceRow } from './cursor.ts';
import type { Outbox } from './outbox.ts';
import { isOfAnotherLife, ReplicaReused, type ReuseDeps } from './replica-reused.ts';
import type { ShownTreeOf } from './shown-tree.ts';
import type { SpaceTree } from './space-tree.ts';
import type { VersionsByDot } from './versions-by-dot.ts';

export interface LifeDeps extends ReuseDeps {
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly shownTree: ShownTreeOf;
  readonly versions: VersionsByDot;
}
export interface HubSide {
  /** The new confirmed state. */
  readonly tree: SpaceTree;
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly tail: readonly Pick<FeedRow, 'operation'>[];
  /** Dots under which the hub was seen to have what this store has. */
  readonly compared: ReadonlyMap<string, Dot>;
}

/** Dots under which the hub has what this store has, lowest first. Throws `ReplicaReused`. */
export async function compareTaken(
  deps: LifeDeps,
  space: SpaceId,
  taken: AsyncIterable<readonly Operation[]>,
): Promise<ReadonlyMap<string, Dot>> {
  const same = new Map<string, Dot>();
  for await (const operations of taken) {
    const before = deps.cursors.read(space);
    for (const operation of operations) compare(deps, before, { operation, same });
  }
  return same;
}

/**
 * Throws `ReplicaReused`: a row must not leave the outbox because another life of this store used its number. What the hub has taken
 * and can show no more is offered again: at worst it comes twice. A later one that it shows speaks for those before it: lives part once.
 */
export function checkLife(deps: LifeDeps, before: SpaceRow, hub: HubSide): void {
  const replica = deps.replica();
  if (replica === null) return;
  const { space } = before.tree;
  const upTo = hub.acknowledged[replica] ?? 0;
  const same = new Map(hub.compared);
  for (const { operation } of hub.tail) compare(deps, before, { operation, same });
  let sameUpTo: Dot | null = null;
  let unknown: Dot | null = upTo > before.counter ? { replica, counter: upTo } : null;
  for (const { operation } of deps.outbox.all(space)) {
    const { dot } = operation;
    if (dot.replica !== replica || dot.counter > upTo) continue;
    if (same.has(dotKey(dot)) || isShown(deps, hub.tree, operation)) sameUpTo = dot;
    else unknown = dot;
  }
  if (unknown !== null && (sameUpTo === null || unknown.counter > sameUpTo.counter)) throw new ReplicaReused(space, unknown, sameUpTo);
}

interface Comparison {
  readonly operation: Operation;
  readonly same: Map<string, Dot>;
}

function compare(deps: LifeDeps, before: SpaceRow | null, { operation, same }: Comparison): void {
  const { dot } = operation;
  if (before === null || dot.replica !== deps.replica()) return;
  if (isOfAnotherLife(deps, before, operation)) throw new ReplicaReused(before.tree.space, dot, [...same.values()].at(-1) ?? null);
  same.set(dotKey(dot), dot);
}

/** Whether the state names it: what it wrote, made or placed is there, under the very stamp. */
function isShown({ shownTree, versions }: LifeDeps, tree: SpaceTree, operation: Operation): boolean {
  const entry = shownTree(tree).entry(operation.entryId);
  return [versions.of(tree.key, operation.dot), entry?.created, entry?.location].some((named) => isBy(named ?? null, operation));
}

const isBy = (named: Attribution | null, { dot, stamp }: Operation): boolean =>
  named !== null && sameDot(named.dot, dot) && named.stamp.wallMs === stamp.wallMs && named.stamp.logical === stamp.logical;
