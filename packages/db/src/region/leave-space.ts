import type { SpaceId } from '@jzse/sync';
import type { Cursors } from './cursor.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import type { Outbox } from './outbox.ts';
import type { TreeRemover } from './remove-tree.ts';
import type { TreeKey } from './space-tree.ts';

export interface LeaveSpaceDeps {
  readonly database: RegionDatabase;
  readonly group: Pick<GroupCommit, 'run'>;
  readonly outbox: Pick<Outbox, 'isEmpty'>;
  readonly cursors: Pick<Cursors, 'read'>;
  readonly remover: Pick<TreeRemover, 'remove' | 'settled'>;
  readonly isClosing: () => boolean;
}
export interface LeftSpaces {
  /** The space is not here any more at once; its rows go in steps. False, and nothing is done, while something of it waits to be sent. */
  leave(space: SpaceId): Promise<boolean>;
  /** Resolves when nothing is left of a space that may come back now. */
  settled(space: SpaceId): Promise<void>;
  /** What a process that ended has left over. */
  goOn(): void;
}

const rowsPerStep = 500;
/** Tables of many rows a space, each with what its rows are known by. */
const longTables: Readonly<Record<string, string>> = {
  journal: 'ordinal',
  change: 'rowid',
  touched_file: 'entry_id',
  wanted: 'transfer_id',
  upload: 'id',
  holding_outbox: 'hash',
};
const shortTables = ['touched_count', 'door', 'expected_change', 'policy', 'divergence', 'seen_replica'];

export function prepareLeftSpaces(deps: LeaveSpaceDeps): LeftSpaces {
  const { database, group, outbox, cursors, remover } = deps;
  const note = database.prepare('INSERT INTO left_space (id, counter, wall_ms, logical) VALUES (?, ?, ?, ?)');
  const left = database.prepare<[], SpaceId>('SELECT id FROM left_space').pluck();
  const dropSpace = database.prepare('DELETE FROM space WHERE id = ?');
  const trees = database.prepare<[string, string], TreeKey>('SELECT key FROM tree WHERE key >= ? AND key < ?').pluck();
  const short = shortTables.map((table) => database.prepare(`DELETE FROM ${table} WHERE space = ?`));
  const long = Object.entries(longTables).map(([table, key]) =>
    database.prepare<[{ readonly space: string; readonly limit: number }]>(
      `DELETE FROM ${table} WHERE space = @space AND ${key} IN (SELECT ${key} FROM ${table} WHERE space = @space LIMIT @limit)`,
    ),
  );

  const step = (space: SpaceId): boolean => !long.some((table) => table.run({ space, limit: rowsPerStep }).changes > 0);
  const clear = async (space: SpaceId): Promise<void> => {
    try {
      for (let isDone = false; !isDone && !deps.isClosing(); ) isDone = await group.run(() => step(space));
    } catch {
      // Only room is lost: the next start goes on here.
    }
  };
  let clearing = Promise.resolve();
  const clearLater = (space: SpaceId): void => {
    clearing = clearing.then(() => clear(space));
  };
  return {
    leave: async (space) => {
      const keys = await group.run((): TreeKey[] | null => {
        const row = cursors.read(space);
        if (row === null) return [];
        if (!outbox.isEmpty(space)) return null;
        note.run(space, row.counter, row.clock.wallMs, row.clock.logical);
        dropSpace.run(space);
        for (const table of short) table.run(space);
        return [...trees.all(space, `${space}\u0000`), ...trees.all(`${space}#`, `${space}$`)];
      });
      if (keys === null) return false;
      for (const key of keys) remover.remove(key);
      clearLater(space);
      return true;
    },
    settled: async (space) => {
      if (!left.all().includes(space)) return;
      await Promise.all([remover.settled(), clearing]);
    },
    goOn: () => {
      for (const space of left.all()) clearLater(space);
    },
  };
}
