import type { FeedPosition, FeedRow, Forks, SpaceId } from '@jzse/sync';
import type { HubStore, SnapshotHead } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { UnknownSpace } from './unknown-space.ts';

interface HeadRow {
  readonly epoch: number;
  readonly sequence: number;
  readonly forks: string;
  readonly floor: number;
}

/** Reading the log of a space. */
export function prepareFeed(database: HubDatabase): Pick<HubStore, 'head' | 'readFeed' | 'feedStart' | 'snapshotHead'> {
  const readHead = async (space: SpaceId): Promise<HeadRow> => {
    const [row] = await database<HeadRow[]>`SELECT epoch, sequence, forks, feed_floor AS floor FROM space WHERE id = ${space}`;
    if (row === undefined) throw new UnknownSpace(space);
    return row;
  };
  return {
    head: async (space) => {
      const { epoch, sequence, forks } = await readHead(space);
      return { position: { epoch, sequence }, forks: JSON.parse(forks) as Forks };
    },
    feedStart: async (space) => {
      const { epoch, floor } = await readHead(space);
      return { epoch, sequence: floor };
    },
    readFeed: async (space: SpaceId, after: FeedPosition, limit: number) => {
      const rows = await database<{ readonly row: string }[]>`
        SELECT row FROM feed WHERE space = ${space} AND sequence > ${after.sequence} ORDER BY sequence LIMIT ${limit}`;
      return rows.map(({ row }) => JSON.parse(row) as FeedRow);
    },
    snapshotHead: (space) => readSnapshotHead(database, space),
  };
}

/** One statement sees one state: the counters are exactly those of the position. */
async function readSnapshotHead(database: HubDatabase, space: SpaceId): Promise<SnapshotHead> {
  const [row] = await database<(HeadRow & { readonly acknowledged: Record<string, number> | null })[]>`
    SELECT epoch, sequence, forks,
      (SELECT json_object_agg(replica, counter) FROM acknowledged WHERE acknowledged.space = space.id) AS acknowledged
    FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  const { epoch, sequence, forks, acknowledged } = row;
  return { position: { epoch, sequence }, forks: JSON.parse(forks) as Forks, acknowledged: acknowledged ?? {} };
}
