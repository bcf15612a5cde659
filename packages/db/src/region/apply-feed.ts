import type { Entry, EntryId, FeedRow, SpaceId } from '@jzse/sync';
import { applyOperation, dotKey, mergeClock, nameKey } from '@jzse/sync';
import type { Cursors } from './cursor.ts';
import type { Outbox } from './outbox.ts';
import { sameApartFromPosition } from './same-apart-from-position.ts';
import type { SeenReplicas } from './seen-replicas.ts';
import type { ShownTree, ShownTreeOf } from './shown-tree.ts';
import type { ShownWrites } from './shown-writes.ts';

export interface ApplyFeedDeps {
  readonly shownTree: ShownTreeOf;
  readonly writes: ShownWrites;
  readonly outbox: Outbox;
  readonly cursors: Cursors;
  readonly log: FeedLog;
  readonly seen: SeenReplicas;
}

/** Feed rows that this region keeps, to offer them to a hub that lost them (SY10). */
export interface FeedLog {
  append(space: SpaceId, row: Pick<FeedRow, 'position' | 'operation'>): void;
  clear(space: SpaceId): void;
  all(space: SpaceId): FeedRow['operation'][];
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
export function applyFeedRows(deps: ApplyFeedDeps, space: SpaceId, offered: readonly FeedRow[]): readonly Entry[] {
  const rows = newRows(deps, space, offered);
  const last = rows.at(-1);
  const cursor = deps.cursors.read(space);
  if (last === undefined || cursor === null) return [];
  const acknowledgedUpTo = acknowledge(deps, space, rows);
  const touched = new Set<EntryId>();
  const isAlone = deps.outbox.isEmpty(space);
  const mustRebase = !isAlone && disturbsOutstanding(deps, space, { rows, acknowledgedUpTo });
  if (isAlone || mustRebase) collect(touched, deps.writes.takeBack(space, Number.MAX_SAFE_INTEGER));
  for (const row of rows) {
    deps.writes.applyConfirmed(space, row.effects);
    for (const effect of row.effects) if (effect.type === 'entry') touched.add(effect.entry.id);
    deps.log.append(space, row);
  }
  if (mustRebase) collect(touched, applyOutstandingAgain(deps, space));
  else if (!isAlone) collect(touched, deps.writes.takeBack(space, acknowledgedUpTo));
  deps.seen.note(
    space,
    rows.map((row) => row.operation),
  );
  deps.cursors.moveTo(space, last.position, cursor.forks);
  deps.cursors.setClock(
    space,
    rows.reduce((clock, row) => mergeClock(clock, row.operation.stamp), cursor.clock),
  );
  const tree = deps.shownTree(space);
  return [...touched].map((id) => tree.entry(id)).filter((entry) => entry !== null);
}

function newRows(deps: ApplyFeedDeps, space: SpaceId, offered: readonly FeedRow[]): readonly FeedRow[] {
  const cursor = deps.cursors.read(space);
  if (cursor === null) throw new Error(`unknown space ${space}`);
  const rows = offered.filter((row) => row.position.sequence > cursor.position.sequence);
  let expected = cursor.position.sequence + 1;
  for (const row of rows) {
    if (row.position.sequence !== expected) throw new FeedGap(space, expected, row.position.sequence);
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
  space: SpaceId,
  batch: { readonly rows: readonly FeedRow[]; readonly acknowledgedUpTo: number },
): boolean {
  // The hub took one before those that stood before it here (they were offered again, SY10): the order is another one.
  if (deps.outbox.hasBefore(space, batch.acknowledgedUpTo)) return true;
  const tree = deps.shownTree(space);
  for (const row of batch.rows) {
    for (const effect of row.effects) {
      if (effect.type === 'alias' && tree.aliasOf(effect.from) !== effect.to) return true;
      if (effect.type !== 'entry') continue;
      if (touchesOutstanding(deps, space, effect.entry) > batch.acknowledgedUpTo) return true;
      if (movesSomething(tree, effect.entry)) return true;
    }
  }
  return false;
}

/**
 * The last outbox row that changed the entry or its folder, or used its name; the least integer if none did. The folder counts since it may
 * have been deleted and revived: what is new in it was not seen by that delete.
 */
function touchesOutstanding(deps: ApplyFeedDeps, space: SpaceId, { id, parentId, name }: Entry): number {
  const ordinals = [deps.writes.outstandingOrdinal(space, id)];
  if (parentId !== null) {
    ordinals.push(deps.writes.outstandingOrdinal(space, parentId), deps.writes.outstandingNameOrdinal(space, parentId, name));
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
export function applyOutstandingAgain(deps: ApplyFeedDeps, space: SpaceId): EntryId[] {
  const forks = deps.cursors.read(space)?.forks ?? {};
  const touched: EntryId[] = [];
  for (const { ordinal, operation } of deps.outbox.all(space)) {
    const effects = applyOperation(deps.shownTree(space), operation, { position: null, forks });
    deps.writes.applyOutstanding(space, effects, ordinal);
    for (const effect of effects) if (effect.type === 'entry') touched.push(effect.entry.id);
  }
  return touched;
}

function collect(into: Set<EntryId>, ids: readonly EntryId[]): void {
  for (const id of ids) into.add(id);
}
