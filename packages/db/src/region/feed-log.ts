import type { Operation, SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { FeedLog } from './apply-feed.ts';
import type { RegionDatabase } from './open-database.ts';

export function prepareFeedLog(database: RegionDatabase): FeedLog {
  const append = database.prepare(
    'INSERT INTO feed (space, epoch, sequence, dot, operation) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
  );
  const clear = database.prepare('DELETE FROM feed WHERE space = ?');
  const all = database.prepare<[string], string>('SELECT operation FROM feed WHERE space = ? ORDER BY epoch, sequence').pluck();
  return {
    append: (space, { position, operation }) =>
      void append.run(space, position.epoch, position.sequence, dotKey(operation.dot), JSON.stringify(operation)),
    clear: (space: SpaceId) => void clear.run(space),
    all: (space) => all.all(space).map((text) => JSON.parse(text) as Operation),
  };
}
