import type { Clock, Dot, FeedPosition, Forks, SpaceId } from '@jzse/sync';
import { dotKey, parseDotKey } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { Cursor } from './region-store.ts';
import type { SpaceTree, TreeKey } from './space-tree.ts';

export interface SpaceRow extends Cursor {
  /** The one that is shown. */
  readonly tree: SpaceTree;
  readonly counter: number;
  readonly clock: Clock;
}

/** How far a space is: its cursor, the counter of its last operation, its clock. */
export interface Cursors {
  read(space: SpaceId): SpaceRow | null;
  moveTo(space: SpaceId, cursor: Cursor): void;
  advance(space: SpaceId, counter: number, clock: Clock): void;
  setClock(space: SpaceId, clock: Clock): void;
  create(space: SpaceId): void;
  list(): SpaceId[];
}

interface Row extends FeedPosition {
  readonly forks: string;
  readonly dot: string | null;
  readonly tree: TreeKey;
  readonly counter: number;
  readonly wallMs: number;
  readonly logical: number;
}

export function prepareCursors(database: RegionDatabase): Cursors {
  const read = database.prepare<[string], Row>(
    'SELECT epoch, sequence, forks, dot, tree, counter, wall_ms AS wallMs, logical FROM space WHERE id = ?',
  );
  const move = database.prepare('UPDATE space SET epoch = ?, sequence = ?, forks = ?, dot = ? WHERE id = ?');
  const advance = database.prepare('UPDATE space SET counter = ?, wall_ms = ?, logical = ? WHERE id = ?');
  const clock = database.prepare('UPDATE space SET wall_ms = ?, logical = ? WHERE id = ?');
  // One that comes back goes on counting where it was left.
  const create = database.prepare(
    `INSERT INTO space (id, tree, counter, wall_ms, logical) SELECT @space, @space, coalesce(counter, 0), coalesce(wall_ms, 0), coalesce(logical, 0)
     FROM (SELECT 1) LEFT JOIN left_space ON left_space.id = @space WHERE true ON CONFLICT DO NOTHING`,
  );
  const comeBack = database.prepare('DELETE FROM left_space WHERE id = ?');
  const createTree = database.prepare("INSERT INTO tree (key, space, aliases, versions) VALUES (@space, @space, '0', '0')");
  const list = database.prepare<[], string>('SELECT id FROM space ORDER BY id').pluck();
  const parseDot = (dot: string | null): Dot | null => (dot === null ? null : parseDotKey(dot));

  return {
    read: (space) => {
      const row = read.get(space);
      if (row === undefined) return null;
      const { epoch, sequence, counter, wallMs, logical } = row;
      const cursor = { position: { epoch, sequence }, forks: JSON.parse(row.forks) as Forks, dot: parseDot(row.dot) };
      return { ...cursor, tree: { space, key: row.tree }, counter, clock: { wallMs, logical } };
    },
    moveTo: (space, { position: { epoch, sequence }, forks, dot }) =>
      void move.run(epoch, sequence, JSON.stringify(forks), dot === null ? null : dotKey(dot), space),
    advance: (space, counter, { wallMs, logical }) => void advance.run(counter, wallMs, logical, space),
    setClock: (space, { wallMs, logical }) => void clock.run(wallMs, logical, space),
    create: (space) => {
      if (create.run({ space }).changes === 0) return;
      createTree.run({ space });
      comeBack.run(space);
    },
    list: () => list.all() as SpaceId[],
  };
}
