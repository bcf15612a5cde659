import type { Clock, FeedPosition, Forks, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

export interface SpaceRow {
  readonly position: FeedPosition;
  readonly forks: Forks;
  readonly counter: number;
  readonly clock: Clock;
}

/** How far a space is: its cursor, the counter of its last operation, its clock. */
export interface Cursors {
  read(space: SpaceId): SpaceRow | null;
  moveTo(space: SpaceId, position: FeedPosition, forks: Forks): void;
  advance(space: SpaceId, counter: number, clock: Clock): void;
  setClock(space: SpaceId, clock: Clock): void;
  create(space: SpaceId): void;
  list(): SpaceId[];
  /** A new life of the store counts anew. */
  resetCounters(): void;
}

interface Row {
  readonly epoch: number;
  readonly sequence: number;
  readonly forks: string;
  readonly counter: number;
  readonly wallMs: number;
  readonly logical: number;
}

export function prepareCursors(database: RegionDatabase): Cursors {
  const read = database.prepare<[string], Row>(
    'SELECT epoch, sequence, forks, counter, wall_ms AS wallMs, logical FROM space WHERE id = ?',
  );
  const move = database.prepare('UPDATE space SET epoch = ?, sequence = ?, forks = ? WHERE id = ?');
  const advance = database.prepare('UPDATE space SET counter = ?, wall_ms = ?, logical = ? WHERE id = ?');
  const clock = database.prepare('UPDATE space SET wall_ms = ?, logical = ? WHERE id = ?');
  const create = database.prepare('INSERT INTO space (id) VALUES (?) ON CONFLICT DO NOTHING');
  const list = database.prepare<[], string>('SELECT id FROM space ORDER BY id').pluck();
  const reset = database.prepare('UPDATE space SET counter = 0');

  return {
    read: (space) => {
      const row = read.get(space);
      if (row === undefined) return null;
      const { epoch, sequence, counter, wallMs, logical } = row;
      return { position: { epoch, sequence }, forks: JSON.parse(row.forks) as Forks, counter, clock: { wallMs, logical } };
    },
    moveTo: (space, { epoch, sequence }, forks) => void move.run(epoch, sequence, JSON.stringify(forks), space),
    advance: (space, counter, { wallMs, logical }) => void advance.run(counter, wallMs, logical, space),
    setClock: (space, { wallMs, logical }) => void clock.run(wallMs, logical, space),
    create: (space) => void create.run(space),
    list: () => list.all() as SpaceId[],
    resetCounters: () => void reset.run(),
  };
}
