import type { Dot, Effect, FeedPosition, FeedRow, Forks, Operation, SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { ApplyFeedDeps } from './apply-feed.ts';
import { applyOutstandingAgain } from './apply-feed.ts';
import { checkLife, compareTaken, type LifeDeps } from './check-life.ts';
import type { SpaceRow } from './cursor.ts';
import type { FileCounts } from './file-counts.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import type { SnapshotPage } from './region-store.ts';
import type { TreeRemover } from './remove-tree.ts';
import type { TouchedFolders } from './shown-folders.ts';
import type { SpaceTree, SpaceTrees } from './space-tree.ts';
import { walkSums } from './walk-sums.ts';

export interface Snapshot {
  readonly position: FeedPosition;
  readonly forks: Forks;
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly dot: Dot | null;
  readonly pages: AsyncIterable<SnapshotPage>;
  readonly tail: readonly Pick<FeedRow, 'position' | 'operation'>[];
  readonly taken?: AsyncIterable<readonly Operation[]>;
}

/**
 * The hub knows less than this region has seen confirmed, and the region has not the operations any more to tell it.
 * Nothing was changed: the region goes on with what it has until another region, or a better backup of the hub, brings them.
 */
export class SnapshotWouldLose extends Error {
  constructor(space: SpaceId, replica: string) {
    super(
      `the hub's log of ${space} lacks operations of ${replica} that this region has seen: rebuild the hub from the region that was furthest`,
    );
    this.name = 'SnapshotWouldLose';
  }
}

export interface ApplySnapshotDeps extends ApplyFeedDeps, Pick<LifeDeps, 'versions'> {
  readonly database: RegionDatabase;
  readonly group: GroupCommit;
  readonly trees: SpaceTrees;
  readonly fileCounts: FileCounts;
  readonly remover: TreeRemover;
  readonly touched: TouchedFolders;
  readonly nowMs: () => number;
}

/** Rows in one transaction: bounds how long a commit that comes meanwhile waits. */
const rowsPerStep = 500;

/**
 * A tree is built beside the one that is shown, in steps; the switch is one transaction, whose cost follows the outbox and what is offered
 * again. A crash before it leaves the old state. What was replaced, or what failed, is removed in steps.
 */
export async function replaceBySnapshot(deps: ApplySnapshotDeps, space: SpaceId, snapshot: Snapshot): Promise<void> {
  const compared = snapshot.taken === undefined ? new Map<string, Dot>() : await compareTaken(deps, space, snapshot.taken);
  const tree = await deps.group.run(() => deps.trees.begin(space));
  let replaced: SpaceTree = tree;
  try {
    for await (const page of snapshot.pages) await fill(deps, tree, page.effects);
    await storeSums(deps, tree);
    await keepTail(deps, tree, snapshot.tail);
    replaced = await deps.group.run(() => switchTo(deps, tree, { ...snapshot, compared }));
  } finally {
    deps.remover.remove(replaced.key);
  }
}

async function fill({ group, writes }: ApplySnapshotDeps, tree: SpaceTree, effects: readonly Effect[]): Promise<void> {
  for (let at = 0; at < effects.length; at += rowsPerStep) await group.run(() => writes.fill(tree, effects.slice(at, at + rowsPerStep)));
}

async function storeSums({ database, group, sums, fileCounts }: ApplySnapshotDeps, tree: SpaceTree): Promise<void> {
  const walk = walkSums(database, tree.key, { onFolder: (id, kept) => sums.setFolder(tree.key, id, kept) });
  for (let isDone = false; !isDone; ) {
    isDone = await group.run(() => {
      for (let rows = 0; rows < rowsPerStep; ) {
        const step = walk.next();
        if (step.done === true) {
          sums.setFlat(tree.key, step.value);
          fileCounts.set(tree.key, step.value.files);
          return true;
        }
        rows += step.value;
      }
      return false;
    });
  }
}

async function keepTail({ group, log }: ApplySnapshotDeps, tree: SpaceTree, tail: Snapshot['tail']): Promise<void> {
  for (let at = 0; at < tail.length; at += rowsPerStep)
    await group.run(() => {
      for (const row of tail.slice(at, at + rowsPerStep)) log.append(tree.key, row);
    });
}

interface ComparedSnapshot extends Snapshot {
  readonly compared: ReadonlyMap<string, Dot>;
}

/** Answers the tree that is shown no longer. */
function switchTo(deps: ApplySnapshotDeps, tree: SpaceTree, snapshot: ComparedSnapshot): SpaceTree {
  const { space } = tree;
  const before = deps.cursors.read(space);
  if (before === null) throw new Error(`unknown space ${space}`);
  checkLife(deps, before, { ...snapshot, tree });
  offerAgain(deps, before, snapshot);
  deps.touched.touchAll(space);
  deps.trees.show(tree);
  deps.seen.replace(space, snapshot.acknowledged);
  deps.outbox.removeUpTo(space, snapshot.acknowledged);
  deps.cursors.moveTo(space, snapshot);
  applyOutstandingAgain(deps, { tree, forks: snapshot.forks });
  return before.tree;
}

/**
 * What this region had seen confirmed and the hub has lost goes before the outbox, in the old order (SY10). Within one epoch
 * the hub may not have lost anything: its numbers would mean two things. Throws `SnapshotWouldLose`.
 */
function offerAgain(deps: ApplySnapshotDeps, before: SpaceRow, { acknowledged, position }: Snapshot): void {
  const { space, key } = before.tree;
  const isLost = ({ dot }: Operation): boolean => dot.counter > (acknowledged[dot.replica] ?? 0);
  const offered = new Map<string, number>();
  if (before.position.epoch !== position.epoch) {
    for (const operation of deps.log.backwards(key)) {
      if (!isLost(operation)) continue;
      const { replica } = operation.dot;
      offered.set(replica, (offered.get(replica) ?? 0) + 1);
      if (!deps.outbox.holds(space, dotKey(operation.dot))) deps.outbox.prepend(space, operation, deps.nowMs());
    }
  }
  for (const [replica, counter] of deps.seen.read(space)) {
    const missing = counter - (acknowledged[replica] ?? 0);
    if (missing > (offered.get(replica) ?? 0)) throw new SnapshotWouldLose(space, replica);
  }
}
