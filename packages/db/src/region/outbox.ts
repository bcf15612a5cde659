import type { Operation, SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

export interface OutboxRow {
  readonly ordinal: number;
  readonly operation: Operation;
}

/** Operations that the hub has not acknowledged, in the order to push. */
export interface Outbox {
  append(space: SpaceId, operation: Operation, committedMs: number): number;
  /** Puts it before everything that waits (SY10). */
  prepend(space: SpaceId, operation: Operation, committedMs: number): void;
  /** In the order to push, after the row with this dot if it still waits (rows leave from the front: if it does not, from the start). */
  read(space: SpaceId, limit: number, after?: string): OutboxRow[];
  /** All rows in order, a page at a time: an outbox can be as long as an outage. */
  all(space: SpaceId): Generator<OutboxRow>;
  remove(space: SpaceId, dot: string): number | null;
  removeUpTo(space: SpaceId, acknowledged: Readonly<Record<string, number>>): void;
  holds(space: SpaceId, dot: string): boolean;
  find(space: SpaceId, dot: string): Operation | null;
  size(space: SpaceId): number;
  isEmpty(space: SpaceId): boolean;
  /** Whether an operation before that row still waits. */
  hasBefore(space: SpaceId, ordinal: number): boolean;
  oldestMs(space: SpaceId): number | null;
  spaces(): SpaceId[];
}

const pageRows = 500;

export function prepareOutbox(database: RegionDatabase): Outbox {
  const insert = database.prepare('INSERT INTO outbox (ordinal, space, dot, operation, committed_ms) VALUES (?, ?, ?, ?, ?)');
  const lastOrdinal = database.prepare<[], number>('SELECT coalesce(max(ordinal), 0) FROM outbox').pluck();
  const firstOrdinal = database.prepare<[], number>('SELECT coalesce(min(ordinal), 1) FROM outbox').pluck();
  const page = database.prepare<[string, number, number], { readonly ordinal: number; readonly operation: string }>(
    'SELECT ordinal, operation FROM outbox WHERE space = ? AND ordinal > ? ORDER BY ordinal LIMIT ?',
  );
  const removeByDot = database
    .prepare<[string, string], number>('DELETE FROM outbox WHERE space = ? AND dot = ? RETURNING ordinal')
    .pluck();
  const ordinalOf = database.prepare<[string, string], number>('SELECT ordinal FROM outbox WHERE space = ? AND dot = ?').pluck();
  const removeByOrdinal = database.prepare('DELETE FROM outbox WHERE ordinal = ?');
  const byDot = database.prepare<[string, string], number>('SELECT 1 FROM outbox WHERE space = ? AND dot = ?').pluck();
  const operationOf = database.prepare<[string, string], string>('SELECT operation FROM outbox WHERE space = ? AND dot = ?').pluck();
  const count = database.prepare<[string], number>('SELECT count(*) FROM outbox WHERE space = ?').pluck();
  const before = database.prepare<[string, number], number>('SELECT 1 FROM outbox WHERE space = ? AND ordinal < ? LIMIT 1').pluck();
  const any = database.prepare<[string], number>('SELECT 1 FROM outbox WHERE space = ? LIMIT 1').pluck();
  const oldest = database.prepare<[string], number>('SELECT committed_ms FROM outbox WHERE space = ? ORDER BY ordinal LIMIT 1').pluck();
  const spaces = database
    .prepare<[], string>('SELECT id FROM space WHERE EXISTS (SELECT 1 FROM outbox WHERE outbox.space = space.id)')
    .pluck();
  // Ordinals of acknowledged rows stay in use by `confirmed`: a counter of our own never gives one out twice.
  let next: number | null = null;

  const read = (space: SpaceId, after: number, limit: number): OutboxRow[] =>
    page.all(space, after, limit).map((row) => ({ ordinal: row.ordinal, operation: JSON.parse(row.operation) as Operation }));
  function* all(space: SpaceId): Generator<OutboxRow> {
    let after = Number.MIN_SAFE_INTEGER;
    for (;;) {
      const rows = read(space, after, pageRows);
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined || rows.length < pageRows) return;
      after = last.ordinal;
    }
  }

  return {
    append: (space, operation, committedMs) => {
      next = Math.max(next ?? 0, (lastOrdinal.get() ?? 0) + 1);
      const ordinal = next++;
      insert.run(ordinal, space, dotKey(operation.dot), JSON.stringify(operation), committedMs);
      return ordinal;
    },
    prepend: (space, operation, committedMs) => {
      const ordinal = Math.min(0, firstOrdinal.get() ?? 1) - 1;
      insert.run(ordinal, space, dotKey(operation.dot), JSON.stringify(operation), committedMs);
    },
    read: (space, limit, after) =>
      read(space, (after === undefined ? undefined : ordinalOf.get(space, after)) ?? Number.MIN_SAFE_INTEGER, limit),
    all,
    remove: (space, dot) => removeByDot.get(space, dot) ?? null,
    removeUpTo: (space, acknowledged) => {
      for (const { ordinal, operation } of all(space)) {
        if (operation.dot.counter <= (acknowledged[operation.dot.replica] ?? 0)) removeByOrdinal.run(ordinal);
      }
    },
    holds: (space, dot) => byDot.get(space, dot) !== undefined,
    find: (space, dot) => {
      const found = operationOf.get(space, dot);
      return found === undefined ? null : (JSON.parse(found) as Operation);
    },
    size: (space) => count.get(space) ?? 0,
    hasBefore: (space, ordinal) => before.get(space, ordinal) !== undefined,
    isEmpty: (space) => any.get(space) === undefined,
    oldestMs: (space) => oldest.get(space) ?? null,
    spaces: () => spaces.all() as SpaceId[],
  };
}
