import { dotKey, nameKey } from '@jzse/sync';
import { lines, rowText } from './json-texts.ts';
import type { HubDatabase } from './open-database.ts';
import type { BatchToWrite } from './write-batch.ts';

/** The rows of the feed, and what the entries were before them. */
export function writeLog(database: HubDatabase, batch: BatchToWrite) {
  const { rows, former } = batch.applied;
  const { texts } = batch.tree;
  const counters = new Map<string, number>(rows.map(({ operation: { dot } }) => [dot.replica, dot.counter]));
  return database`
    put_acknowledged AS (
      INSERT INTO acknowledged (space, replica, counter)
      SELECT space, replica, counter FROM moved CROSS JOIN
        unnest(${[...counters.keys()]}::text[], ${[...counters.values()]}::bigint[]) AS new(replica, counter)
      ON CONFLICT (space, replica) DO UPDATE SET counter = excluded.counter
    ), put_feed AS (
      INSERT INTO feed (space, sequence, row, dot, region, wall_ms, at_ms, ends_batch)
      SELECT space, sequence, row, dot, split_part(dot, ':', 1), wall_ms, ${batch.atMs}, sequence = ${batch.log.sequence + rows.length}
      FROM moved CROSS JOIN unnest(
        ${rows.map((row) => row.position.sequence)}::bigint[],
        string_to_array(${rows.map((row) => rowText(row, texts)).join('\n')}, chr(10)),
        ${rows.map((row) => dotKey(row.operation.dot))}::text[],
        ${rows.map((row) => row.operation.stamp.wallMs)}::bigint[]) AS new(sequence, row, dot, wall_ms)
    ), put_change AS (
      INSERT INTO entry_change (space, sequence, entry_id, parent_id, name_key, live, state)
      SELECT space, sequence, entry_id, parent_id, name_key, live = 1, nullif(state, 'null') FROM moved CROSS JOIN unnest(
        ${former.map(({ sequence }) => sequence)}::bigint[],
        ${former.map(({ entryId }) => entryId)}::text[],
        ${former.map(({ before }) => before?.parentId ?? null)}::text[],
        ${former.map(({ before }) => (before === null ? null : nameKey(before.name)))}::text[],
        ${former.map(({ before }) => (before?.deleted === null ? 1 : 0))}::integer[],
        string_to_array(${lines(
          former.map(({ before }) => before),
          texts,
        )}, chr(10))) AS new(sequence, entry_id, parent_id, name_key, live, state)
    )`;
}
