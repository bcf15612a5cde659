import type { Dot, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { dotKey, renumber } from '@jzse/sync';
import { applyOutstandingAgain } from './apply-feed.ts';
import type { RegionDatabase } from './open-database.ts';
import type { OutboxRow } from './outbox.ts';
import type { Tables } from './tables.ts';

export interface Renewal {
  readonly region: RegionId;
  readonly replica: ReplicaId;
  readonly same: { readonly space: SpaceId; readonly upTo: Dot } | null;
}

/**
 * The store becomes a new replica: what waits in its outbox under the former one's counters becomes the new one's first operations,
 * in order, and everything counts anew (SY10). Inside one transaction. What waits up to `same` is in the hub's log already and stays as
 * it is, until the log shows it.
 */
export function renewReplica(database: RegionDatabase, tables: Tables, { region, replica, same }: Renewal): void {
  const former = tables.replicas.read();
  if (former === replica) return;
  tables.replicas.renew(region, replica);
  for (const space of tables.cursors.list()) {
    const isKept = ({ counter }: Dot): boolean => same?.space === space && same.upTo.replica === former && counter <= same.upTo.counter;
    const own = [...tables.outbox.all(space)].filter(({ operation: { dot } }) => dot.replica === former && !isKept(dot));
    const before = tables.cursors.read(space);
    if (before === null) continue;
    if (own.length > 0) tables.writes.takeBack(before.tree, Number.MAX_SAFE_INTEGER);
    rename(
      database,
      { space, tree: before.tree.key },
      {
        own,
        renamed: renumber(
          own.map(({ operation }) => operation),
          replica,
        ),
      },
    );
    tables.cursors.advance(space, own.length, before.clock);
    if (own.length > 0) applyOutstandingAgain(tables, before);
  }
}

interface Renaming {
  readonly own: readonly OutboxRow[];
  readonly renamed: readonly Operation[];
}

function rename(database: RegionDatabase, of: { readonly space: SpaceId; readonly tree: string }, { own, renamed }: Renaming): void {
  const outbox = database.prepare('UPDATE outbox SET dot = ?, operation = ? WHERE ordinal = ?');
  const version = database.prepare('DELETE FROM version WHERE tree = ? AND dot = ? AND confirmed = 0');
  const dots = new Map<string, string>();
  for (const [at, operation] of renamed.entries()) {
    const row = own[at];
    if (row === undefined) continue;
    const formerDot = dotKey(row.operation.dot);
    outbox.run(dotKey(operation.dot), JSON.stringify(operation), row.ordinal);
    version.run(of.tree, formerDot);
    dots.set(formerDot, dotKey(operation.dot));
  }
  renameJournal(database, of.space, dots);
}

/** So that it can still be undone. */
function renameJournal(database: RegionDatabase, space: SpaceId, dots: ReadonlyMap<string, string>): void {
  const rows = database.prepare<[string], { readonly ordinal: number; readonly dot: string }>(
    'SELECT ordinal, dot FROM journal WHERE space = ?',
  );
  const update = database.prepare('UPDATE journal SET dot = ? WHERE ordinal = ?');
  for (const { ordinal, dot } of rows.all(space)) {
    const renamed = dots.get(dot);
    if (renamed !== undefined) update.run(renamed, ordinal);
  }
}
