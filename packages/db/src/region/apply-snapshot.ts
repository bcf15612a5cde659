import type { Effect, FeedPosition, Forks, Operation, SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { ApplyFeedDeps } from './apply-feed.ts';
import { applyOutstandingAgain } from './apply-feed.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import type { SnapshotPage } from './region-store.ts';
import type { TouchedFolders } from './shown-folders.ts';

export interface Snapshot {
  readonly position: FeedPosition;
  readonly forks: Forks;
  readonly acknowledged: Readonly<Record<string, number>>;
  readonly pages: AsyncIterable<SnapshotPage>;
  readonly tail: readonly { readonly position: FeedPosition; readonly operation: Operation }[];
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

export interface ApplySnapshotDeps extends ApplyFeedDeps {
  readonly database: RegionDatabase;
  readonly group: GroupCommit;
  readonly touched: TouchedFolders;
  readonly nowMs: () => number;
}

/** Pages are set aside as they come; then one transaction replaces what was confirmed. A crash in between leaves the old state. */
export async function replaceBySnapshot(deps: ApplySnapshotDeps, space: SpaceId, snapshot: Snapshot): Promise<void> {
  const clear = deps.database.prepare('DELETE FROM staged_effect WHERE space = ?');
  const stage = deps.database.prepare('INSERT INTO staged_effect (space, effects) VALUES (?, ?)');
  await deps.group.run(() => void clear.run(space));
  for await (const page of snapshot.pages) await deps.group.run(() => void stage.run(space, JSON.stringify(page.effects)));
  await deps.group.run(() => {
    swapIn(deps, space, snapshot);
    clear.run(space);
  });
}

function swapIn(deps: ApplySnapshotDeps, space: SpaceId, snapshot: Snapshot): void {
  const before = deps.cursors.read(space);
  if (before !== null) offerAgain(deps, space, { snapshot, isNewEpoch: before.position.epoch !== snapshot.position.epoch });
  deps.touched.touchAll(space);
  for (const table of ['entry', 'confirmed', 'outstanding_name', 'alias', 'version'])
    deps.database.prepare(`DELETE FROM ${table} WHERE space = ?`).run(space);
  const pages = deps.database.prepare<[string], string>('SELECT effects FROM staged_effect WHERE space = ? ORDER BY ordinal').pluck();
  for (const page of pages.all(space)) deps.writes.applyConfirmed(space, JSON.parse(page) as Effect[]);
  deps.log.clear(space);
  deps.seen.replace(space, snapshot.acknowledged);
  for (const row of snapshot.tail) deps.log.append(space, row);
  deps.outbox.removeUpTo(space, snapshot.acknowledged);
  deps.cursors.moveTo(space, snapshot.position, snapshot.forks);
  applyOutstandingAgain(deps, space);
}

/**
 * What this region had seen confirmed and the hub has lost goes before the outbox, in the old order (SY10). Within one epoch
 * the hub may not have lost anything: its numbers would mean two things. Throws `SnapshotWouldLose`.
 */
function offerAgain(
  deps: ApplySnapshotDeps,
  space: SpaceId,
  { snapshot: { acknowledged }, isNewEpoch }: { readonly snapshot: Snapshot; readonly isNewEpoch: boolean },
): void {
  const isLost = ({ dot }: Operation): boolean => dot.counter > (acknowledged[dot.replica] ?? 0);
  const lost = isNewEpoch ? deps.log.all(space).filter(isLost) : [];
  const offered = new Map<string, number>();
  for (const { dot } of lost) offered.set(dot.replica, (offered.get(dot.replica) ?? 0) + 1);
  for (const [replica, counter] of deps.seen.read(space)) {
    const missing = counter - (acknowledged[replica] ?? 0);
    if (missing > (offered.get(replica) ?? 0)) throw new SnapshotWouldLose(space, replica);
  }
  const fresh = lost.filter(({ dot }) => !deps.outbox.holds(space, dotKey(dot)));
  deps.outbox.prepend(space, fresh, deps.nowMs());
}
