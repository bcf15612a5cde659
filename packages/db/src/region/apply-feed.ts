import type { Entry, FeedRow, SpaceId } from '@jzse/sync';
import { applyOperation, dotKey, mergeClock, nameKey } from '@jzse/sync';
import type { OpenConfirmedChange } from './confirmed-change.ts';
import type { Cursors, SpaceRow } from './cursor.ts';
import type { FeedLog } from './feed-log.ts';
import type { Outbox } from './outbox.ts';
import type { AppliedFeed } from './region-store.ts';
import { type ReuseDeps, rowsOfThisLife } from './replica-reused.ts';
import { sameApartFromPosition } from './same-apart-from-position.ts';
import type { SeenReplicas } from './seen-replicas.ts';
import type { ShownTree, ShownTreeOf } from './shown-tree.ts';
import type { ShownWrites } from './shown-writes.ts';
import type { SpaceTree } from './space-tree.ts';
import type { TreeSums } from './tree-sums.ts';

export interface ApplyFeedDeps extends ReuseDeps {
  readonly shownTree: ShownTreeOf;
  readonly writes: ShownWrites;
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly log: FeedLog;
  readonly seen: SeenReplicas;
  readonly sums: TreeSums;
  readonly openChange: OpenConfirmedChange;
}

/** A batch that does not continue where the cursor is. */
export class FeedGap extends Error {
  constructor(space: SpaceId, expected: number, got: number) {
    super(`feed of ${space} goes on at ${expected}, not at ${got}: pull from the cursor again`);
    this.name = 'FeedGap';
  }
}

/**
 * A batch of the feed, inside one transaction. While nothing foreign touches what outstanding operations
 * read or wrote, confirmed states simply replace; else these are taken back and applied again on top.
 * The cost follows the batch and the outbox, never the size of the space.
 */
export function applyFeedRows(deps: ApplyFeedDeps, space: SpaceId, offered: readonly FeedRow[]): AppliedFeed {
  const before = deps.cursors.read(space);
  if (before === null) throw new Error(`unknown space ${space}`);
  const rows = rowsOfThisLife(deps, before, newRows(before, offered));
  const last = rows.at(-1);
  if (last === undefined) return { digests: null };
  const { tree } = before;
  const acknowledgedUpTo = acknowledge(deps, space, rows);
  const isAlone = deps.outbox.isEmpty(space);
  const mustRebase = !isAlone && disturbsOutstanding(deps, tree, { rows, acknowledgedUpTo });
  if (isAlone || mustRebase) deps.writes.takeBack(tree, Number.MAX_SAFE_INTEGER);
  const change = deps.openChange(tree.key);
  for (const row of rows) {
    deps.writes.applyConfirmed(tree, row.effects, change);
    deps.log.append(tree.key, row);
  }
  change.close();
  if (mustRebase) applyOutstandingAgain(deps, before);
  else if (!isAlone) deps.writes.takeBack(tree, acknowledgedUpTo);
  deps.seen.note(
    space,
    rows.map((row) => row.operation),
  );
  deps.cursors.moveTo(space, { position: last.position, forks: before.forks, dot: last.operation.dot });
  deps.cursors.setClock(
    space,
    rows.reduce((clock, row) => mergeClock(clock, row.operation.stamp), before.clock),
  );
  if (last.digest === undefined) return { digests: null };
  return { digests: { position: last.position, hub: last.digest, own: deps.sums.digest(tree.key) } };
}

function newRows({ tree, position }: SpaceRow, offered: readonly FeedRow[]): readonly FeedRow[] {
  const rows = offered.filter((row) => row.position.sequence > position.sequence);
  let expected = position.sequence + 1;
  for (const row of rows) {
    if (row.position.sequence !== expected) throw new FeedGap(tree.space, expected, row.position.sequence);
    expected++;
  }
  return rows;
}

/** Removes what the hub has taken from the outbox, whoever authored it (SY10: it may have been offered again); answers the last such row. */
function acknowledge(deps: ApplyFeedDeps, space: SpaceId, rows: readonly FeedRow[]): number {
  let upTo = Number.MIN_SAFE_INTEGER;
  if (deps.outbox.isEmpty(space)) return upTo;
  for (const { operation } of rows) upTo = Math.max(upTo, deps.outbox.remove(space, dotKey(operation.dot)) ?? upTo);
  return upTo;
}

/** Whether something in the batch could make an outstanding operation come out otherwise than it is shown. */
function disturbsOutstanding(
  deps: ApplyFeedDeps,
  tree: SpaceTree,
  batch: { readonly rows: readonly FeedRow[]; readonly acknowledgedUpTo: number },
): boolean {
  // The hub took one before those that stood before it here (they were offered again, SY10): the order is another one.
  if (deps.outbox.hasBefore(tree.space, batch.acknowledgedUpTo)) return true;
  const shown = deps.shownTree(tree);
  for (const row of batch.rows) {
    for (const effect of row.effects) {
      if (effect.type === 'alias' && shown.aliasOf(effect.from) !== effect.to) return true;
      if (effect.type === 'forget-entry' && deps.writes.outstandingOrdinal(tree, effect.entryId) !== null) return true;
      if (effect.type !== 'entry') continue;
      if (touchesOutstanding(deps, tree, effect.entry) > batch.acknowledgedUpTo) return true;
      if (movesSomething(shown, effect.entry)) return true;
    }
  }
  return false;
}

/**
 * The last outbox row that changed the entry or its folder, or used its name; the least integer if none did. The folder counts since it may
 * have been deleted and revived: what is new in it was not seen by that delete.
 */
function touchesOutstanding(deps: ApplyFeedDeps, tree: SpaceTree, { id, parentId, name }: Entry): number {
  const ordinals = [deps.writes.outstandingOrdinal(tree, id)];
  if (parentId !== null) {
    ordinals.push(deps.writes.outstandingOrdinal(tree, parentId), deps.writes.outstandingNameOrdinal(tree, parentId, name));
  }
  return Math.max(...ordinals.map((ordinal) => ordinal ?? Number.MIN_SAFE_INTEGER));
}

/** New heads of a file and new entries under free names leave every other operation as it is; anything else may not. */
function movesSomething(tree: ShownTree, entry: Entry): boolean {
  const shown = tree.entry(entry.id);
  if (shown === null) {
    if (entry.deleted !== null || entry.parentId === null) return false;
    const hasDeadParent = (tree.entry(entry.parentId)?.deleted ?? null) !== null;
    return hasDeadParent || tree.liveChild(entry.parentId, nameKey(entry.name)) !== null;
  }
  if (sameApartFromPosition(shown, entry)) return false;
  const stays = shown.parentId === entry.parentId && shown.name === entry.name && (shown.deleted === null) === (entry.deleted === null);
  return !stays || entry.kind === 'folder';
}

/** Outstanding operations on top of what is confirmed now. Everything they changed before was taken back. */
export function applyOutstandingAgain(
  deps: Pick<ApplyFeedDeps, 'shownTree' | 'writes' | 'outbox'>,
  { tree, forks }: Pick<SpaceRow, 'tree' | 'forks'>,
): void {
  const shown = deps.shownTree(tree);
  for (const { ordinal, operation } of deps.outbox.all(tree.space))
    deps.writes.applyOutstanding(tree, applyOperation(shown, operation, { position: null, forks }), ordinal);
}
