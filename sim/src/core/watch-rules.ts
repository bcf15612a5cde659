import type { Attribution, FeedRow, Operation, ReplicaId } from '@jzse/sync';
import { compareStamps, dotKey, nameKey, resolveAlias } from '@jzse/sync';
import type { CoreRegion } from './core-region.ts';
import type { CoreTree } from './core-tree.ts';

type Seen = ReadonlyMap<ReplicaId, number>;

/** What the author of each operation had really seen, counted in full, against what the core makes of a position and where epochs ended. */
export class RuleWatch {
  readonly #seen = new Map<string, Seen>();
  /** Once two logs of one epoch were there, a position alone no longer says which of them its holder had seen. */
  hasTwoLogs = false;

  /** Stamps that the hub set back; offered again after a fail-over they are set back to another time, which nobody had seen. */
  readonly #clamped = new Set<string>();
  readonly #stamps = new Map<string, number>();

  noteAuthor(region: CoreRegion, operation: Operation): void {
    const seen = new Map(region.disk.seen);
    for (const { dot } of region.disk.outbox) seen.set(dot.replica, Math.max(seen.get(dot.replica) ?? 0, dot.counter));
    this.#seen.set(dotKey(operation.dot), seen);
    this.#stamps.set(dotKey(operation.dot), operation.stamp.wallMs);
  }

  /** SY10: nothing is integrated before what its author had seen. */
  checkOrder(operation: Operation, acknowledged: Seen): void {
    for (const [replica, counter] of this.#seen.get(dotKey(operation.dot)) ?? []) {
      if (counter > (acknowledged.get(replica) ?? 0) && replica !== operation.dot.replica)
        throw new Error(`${dotKey(operation.dot)} was integrated before ${replica}/${counter}, which its author had seen`);
    }
  }

  check(row: FeedRow, before: CoreTree): void {
    const key = dotKey(row.operation.dot);
    if (this.#stamps.get(key) !== row.operation.stamp.wallMs) this.#clamped.add(key);
    if (row.operation.type === 'move') this.#checkMove(row, before);
    else if (row.operation.type === 'create') checkCreate(row, before);
  }

  /** SY6: of two concurrent moves the higher stamp wins, and a later one always does. */
  #checkMove(row: FeedRow, before: CoreTree): void {
    const entry = before.entry(resolveAlias(before, row.operation.entryId));
    const notes = new Set(row.effects.flatMap((effect) => (effect.type === 'note' ? [effect.note] : [])));
    if (entry?.location == null || notes.has('move-cycle')) return;
    const isSuperseded = notes.has('move-superseded');
    const hadSeen = this.hadSeen(row.operation, entry.location);
    const isHigher = compareStamps(entry.location.stamp, row.operation.stamp) > 0;
    const wasClamped = this.#clamped.has(dotKey(entry.location.dot));
    if (isSuperseded && !wasClamped && (hadSeen || !isHigher))
      throw new Error(`move ${dotKey(row.operation.dot)} gave way to one that its author had seen`);
    if (!isSuperseded && !hadSeen && isHigher && !this.hasTwoLogs)
      throw new Error(`move ${dotKey(row.operation.dot)} beat the higher stamp of a move that its author had not seen`);
  }

  /** By what was really seen, own earlier operations included. */
  hadSeen(operation: Operation, done: Attribution): boolean {
    const counter = this.#seen.get(dotKey(operation.dot))?.get(done.dot.replica) ?? 0;
    return counter >= done.dot.counter || (done.dot.replica === operation.dot.replica && done.dot.counter < operation.dot.counter);
  }
}

/** SY5: a name that a live entry of the same kind has merges. */
function checkCreate({ operation, effects }: FeedRow, before: CoreTree): void {
  if (operation.type !== 'create') return;
  const parentId = resolveAlias(before, operation.parentId);
  const namesake = before.liveChild(parentId, nameKey(operation.name));
  if (namesake === null || namesake.kind !== operation.kind || before.entry(resolveAlias(before, operation.entryId)) !== null) return;
  if (!effects.some((effect) => effect.type === 'alias' && effect.from === operation.entryId && effect.to === namesake.id))
    throw new Error(`create ${dotKey(operation.dot)} stands beside its namesake ${namesake.id}`);
}
