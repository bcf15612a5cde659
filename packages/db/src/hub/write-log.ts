import type { EntryId } from '@jzse/sync';
import { dotKey, nameKey } from '@jzse/sync';
import { numberArray, textArray } from './array-texts.ts';
import { feedRowText } from './feed-row-text.ts';
import { lines } from './json-texts.ts';
import type { HubDatabase } from './open-database.ts';
import type { BatchToWrite } from './write-batch.ts';

/** The rows of the feed, and what the entries were before them. */
export function writeLog(database: HubDatabase, batch: BatchToWrite) {
  const { rows } = batch.applied;
  const { texts } = batch.tree;
  const counters = new Map<string, number>(rows.map(({ operation: { dot } }) => [dot.replica, dot.counter]));
  return database`
    put_acknowledged AS (
      INSERT INTO acknowledged (space, replica, counter)
      SELECT space, replica, counter FROM moved CROSS JOIN
        unnest(${textArray([...counters.keys()])}::text[], ${numberArray([...counters.values()])}::bigint[]) AS new(replica, counter)
      ON CONFLICT (space, replica) DO UPDATE SET counter = excluded.counter
    ), put_feed AS (
      INSERT INTO feed (space, sequence, row, dot, region, wall_ms, at_ms, ends_batch)
      SELECT space, ${batch.log.sequence}::bigint + at, row, dot, split_part(dot, ':', 1), wall_ms, ${batch.atMs}, at = ${rows.length}
      FROM moved CROSS JOIN unnest(
        string_to_array(${rows.map((row) => feedRowText(row, texts)).join('\n')}, chr(10)),
        ${textArray(rows.map((row) => dotKey(row.operation.dot)))}::text[],
        ${numberArray(rows.map((row) => row.operation.stamp.wallMs))}::bigint[]) WITH ORDINALITY AS new(row, dot, wall_ms, at)
    ), ${writeFormer(database, batch)}`;
}

/** Entries that were not there before tell so by when they were made. */
function writeFormer(database: HubDatabase, { tree, applied }: BatchToWrite) {
  const made = new Map<EntryId, number>();
  const former = applied.former.flatMap(({ sequence, entryId, before }) => {
    if (before !== null) return [{ sequence, entryId, before, madeAt: made.get(entryId) ?? tree.madeAt(entryId) }];
    made.set(entryId, sequence);
    return [];
  });
  const states = former.map(({ before }) => before);
  return database`
    put_change AS (
      INSERT INTO entry_change (space, sequence, entry_id, parent_id, name_key, live, made_sequence, state)
      SELECT space, sequence, entry_id, parent_id, name_key, live = 1, made_sequence, state FROM moved CROSS JOIN unnest(
        ${numberArray(former.map(({ sequence }) => sequence))}::bigint[],
        ${textArray(former.map(({ entryId }) => entryId))}::text[],
        ${textArray(states.map(({ parentId }) => parentId))}::text[],
        ${textArray(states.map(({ name }) => nameKey(name)))}::text[],
        ${numberArray(states.map(({ deleted }) => (deleted === null ? 1 : 0)))}::integer[],
        ${numberArray(former.map(({ madeAt }) => madeAt))}::bigint[],
        string_to_array(${lines(states, tree.texts)}, chr(10))) AS new(sequence, entry_id, parent_id, name_key, live, made_sequence, state)
    )`;
}
