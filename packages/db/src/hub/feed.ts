import type { Dot, FeedPosition, FeedRow, Forks, Operation, ReplicaId, SpaceId } from '@jzse/sync';
import { dotKey, parseDotKey, spaceDigest } from '@jzse/sync';
import { parseFeedRow } from './feed-row-text.ts';
import type { HubStore, SnapshotHead } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { textHash, textToSum } from './text-hash.ts';
import { UnknownSpace } from './unknown-space.ts';

type Feed = Pick<
  HubStore,
  'head' | 'readFeed' | 'feedStart' | 'snapshotHead' | 'rowDots' | 'operationsUnder' | 'safe' | 'setSafe' | 'pruneFeed' | 'digest'
>;

interface HeadRow {
  readonly epoch: number;
  readonly sequence: number;
  readonly forks: string;
  readonly floor: number;
  readonly safe: number;
  readonly rootSum: string;
  readonly aliasSum: string;
  readonly versionSum: string;
}

/** The log of a space: its end, its rows, and what of it may go. */
export function prepareFeed(database: HubDatabase): Feed {
  return {
    head: async (space) => {
      const { epoch, sequence, forks } = await readHead(database, space);
      return { position: { epoch, sequence }, forks: JSON.parse(forks) as Forks };
    },
    feedStart: async (space) => {
      const { epoch, floor } = await readHead(database, space);
      return { epoch, sequence: floor };
    },
    readFeed: async (space: SpaceId, after: FeedPosition, limit: number) => {
      const rows = await database<{ readonly row: string }[]>`
        SELECT row FROM feed WHERE space = ${space} AND sequence > ${after.sequence} ORDER BY sequence LIMIT ${limit}`;
      return rows.map(({ row }) => parseFeedRow(row));
    },
    snapshotHead: (space) => readSnapshotHead(database, space),
    rowDots: (space, sequences) => readRowDots(database, space, sequences),
    operationsUnder: (space, replica, counters) => readOperationsUnder(database, { space, replica, counters }),
    safe: async (space) => (await readHead(database, space)).safe,
    setSafe: async (space, sequence) => {
      await database`UPDATE space SET safe = greatest(safe, least(sequence, ${sequence}::bigint)) WHERE id = ${space}`;
    },
    pruneFeed: (space, upTo, limit) => pruneFeed(database, space, { upTo, limit }),
    digest: async (space) => {
      const head = await readHead(database, space);
      return { position: { epoch: head.epoch, sequence: head.sequence }, digest: digestOf(head) };
    },
  };
}

async function readHead(database: HubDatabase, space: SpaceId): Promise<HeadRow> {
  const [row] = await database<HeadRow[]>`
    SELECT epoch, sequence, forks, feed_floor AS floor, safe,
      root_sum AS "rootSum", alias_sum AS "aliasSum", version_sum AS "versionSum"
    FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  return row;
}

const digestOf = ({ rootSum, aliasSum, versionSum }: HeadRow): string =>
  spaceDigest({ root: textToSum(rootSum), aliases: textToSum(aliasSum), versions: textToSum(versionSum) }, textHash);

/** One statement sees one state: the counters are exactly those of the position. */
async function readSnapshotHead(database: HubDatabase, space: SpaceId): Promise<SnapshotHead> {
  const [row] = await database<(HeadRow & { readonly dot: string | null; readonly acknowledged: Record<string, number> | null })[]>`
    SELECT epoch, sequence, forks, feed_floor AS floor, safe,
      root_sum AS "rootSum", alias_sum AS "aliasSum", version_sum AS "versionSum",
      (SELECT dot FROM feed WHERE feed.space = space.id AND feed.sequence = space.sequence) AS dot,
      (SELECT json_object_agg(replica, counter) FROM acknowledged WHERE acknowledged.space = space.id) AS acknowledged
    FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  const { epoch, sequence, forks, safe, acknowledged } = row;
  return {
    position: { epoch, sequence },
    dot: row.dot === null ? null : parseDotKey(row.dot),
    forks: JSON.parse(forks) as Forks,
    acknowledged: acknowledged ?? {},
    safe,
    digest: digestOf(row),
  };
}

async function readRowDots(database: HubDatabase, space: SpaceId, sequences: readonly number[]): Promise<(Dot | null)[]> {
  const rows = await database<{ readonly dot: string | null }[]>`
    SELECT (SELECT dot FROM feed WHERE space = ${space} AND feed.sequence = asked.sequence) AS dot
    FROM unnest(${[...sequences]}::bigint[]) WITH ORDINALITY AS asked(sequence, at) ORDER BY at`;
  return rows.map(({ dot }) => (dot === null ? null : parseDotKey(dot)));
}

/** The last operations of a region are found at the end of its rows: what is asked for stands there, unless it is gone. */
export async function readOperationsUnder(
  database: HubDatabase,
  { space, replica, counters }: { readonly space: SpaceId; readonly replica: ReplicaId; readonly counters: readonly number[] },
): Promise<(Operation | null)[]> {
  const dots = counters.map((counter) => dotKey({ replica, counter }));
  const rows = await database<{ readonly dot: string; readonly row: string }[]>`
    SELECT dot, row FROM feed WHERE space = ${space} AND region = split_part(${replica}, ':', 1) AND dot = ANY (${dots}::text[])
    ORDER BY sequence DESC LIMIT ${new Set(dots).size}`;
  const found = new Map(rows.map(({ dot, row }) => [dot, (JSON.parse(row) as FeedRow).operation]));
  return dots.map((dot) => found.get(dot) ?? null);
}

/** The last row stays: it names what cursors at the head are compared with. */
async function pruneFeed(
  database: HubDatabase,
  space: SpaceId,
  { upTo, limit }: { readonly upTo: number; readonly limit: number },
): Promise<number> {
  const [row] = await database<{ readonly pruned: number }[]>`
    WITH step AS (
      SELECT id AS space, feed_floor AS floor, least(${upTo}::bigint, sequence - 1, feed_floor + ${limit}::bigint) AS next FROM space WHERE id = ${space}
    ), moved AS (
      UPDATE space SET feed_floor = next, past_floor = greatest(past_floor, next),
        past_ms = greatest(past_ms, (SELECT at_ms FROM feed WHERE feed.space = step.space AND feed.sequence = step.next))
      FROM step WHERE id = step.space AND feed_floor = floor AND next > floor
      RETURNING id AS space, next
    ), rows AS (
      DELETE FROM feed USING moved WHERE feed.space = moved.space AND feed.sequence <= moved.next RETURNING 1
    ), changes AS (
      DELETE FROM entry_change USING moved WHERE entry_change.space = moved.space AND entry_change.sequence <= moved.next
    )
    SELECT count(*) AS pruned FROM rows`;
  return row?.pruned ?? 0;
}
