import type { Entry, EntryId } from '@jzse/sync';
import { nameKey, rootId } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import { numberArray, textArray } from './array-texts.ts';
import { lines } from './json-texts.ts';
import type { LoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import { sumToText } from './text-hash.ts';
import type { BatchToWrite } from './write-batch.ts';

/** Entries, aliases and versions that are new or another one now, and the sums of folders above them. */
export function writeTree(database: HubDatabase, batch: BatchToWrite) {
  const { aliases, versions: byDot } = batch.applied;
  const versions = [...byDot.values()];
  return database`
    ${writeEntries(database, batch)}, put_alias AS (
      INSERT INTO alias (space, from_id, to_id)
      SELECT space, from_id, to_id FROM moved CROSS JOIN
        unnest(${textArray([...aliases.keys()])}::text[], ${textArray([...aliases.values()])}::text[]) AS new(from_id, to_id)
      ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id
    ), put_version AS (
      INSERT INTO version (space, dot, entry_id, wall_ms, logical, sequence, hash, state)
      SELECT space, dot, entry_id, wall_ms, logical, sequence, hash, state FROM moved CROSS JOIN unnest(
        ${textArray([...byDot.keys()])}::text[],
        ${textArray(versions.map(({ entryId }) => entryId))}::text[],
        ${numberArray(versions.map(({ version }) => version.stamp.wallMs))}::bigint[],
        ${numberArray(versions.map(({ version }) => version.stamp.logical))}::integer[],
        ${numberArray(versions.map(({ version }) => version.position?.sequence ?? 0))}::bigint[],
        ${textArray(versions.map(({ version }) => version.content.hash))}::text[],
        string_to_array(${lines(
          versions.map(({ version }) => version),
          batch.tree.texts,
        )}, chr(10)))
        AS new(dot, entry_id, wall_ms, logical, sequence, hash, state)
      ON CONFLICT (space, dot) DO UPDATE
      SET entry_id = excluded.entry_id, wall_ms = excluded.wall_ms, logical = excluded.logical, sequence = excluded.sequence,
        hash = excluded.hash, state = excluded.state
    )`;
}

/**
 * What the batch was read on is what it is written on: whether an entry is there already is known. Those that are, are changed as conflicts of
 * their key: an UPDATE joined with them would walk the whole space by a plan that was made while it was small.
 */
function writeEntries(database: HubDatabase, batch: BatchToWrite) {
  const { tree, applied, sums } = batch;
  const entries = [...applied.entries.values()].filter((entry) => entry !== null);
  const onlySums = [...sums.folders].filter(([id]) => !applied.entries.has(id));
  return database`
    put_entry AS (
      INSERT INTO entry (space, id, parent_id, name_key, live, heads, has_history, gone_sequence, gone_ms, child_sum, made_sequence, state)
      SELECT space, id, parent_id, name_key, gone_sequence IS NULL, heads, has_history = 1, gone_sequence,
        CASE WHEN gone_sequence IS NOT NULL THEN ${batch.atMs}::bigint END, child_sum, made_sequence, state
      FROM moved CROSS JOIN ${newEntries(
        database,
        batch,
        entries.filter(({ id }) => tree.peekEntry(id) === null),
      )}
    ), change_entry AS (
      INSERT INTO entry (space, id, parent_id, name_key, live, heads, has_history, gone_sequence, gone_ms, child_sum, made_sequence, state)
      SELECT space, id, parent_id, name_key, gone_sequence IS NULL, heads, has_history = 1, gone_sequence,
        CASE WHEN gone_sequence IS NOT NULL THEN ${batch.atMs}::bigint END, child_sum, made_sequence, state
      FROM moved CROSS JOIN ${newEntries(
        database,
        batch,
        entries.filter(({ id }) => tree.peekEntry(id) !== null),
      )}
      ON CONFLICT (space, id) DO UPDATE SET
        parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live, heads = excluded.heads,
        has_history = entry.has_history OR excluded.has_history, gone_sequence = excluded.gone_sequence,
        gone_ms = CASE WHEN entry.gone_sequence = excluded.gone_sequence THEN entry.gone_ms ELSE excluded.gone_ms END,
        child_sum = excluded.child_sum, made_sequence = excluded.made_sequence, state = excluded.state
    ), put_sum AS (
      UPDATE entry SET child_sum = new.sum FROM moved CROSS JOIN
        unnest(${textArray(onlySums.map(([id]) => id))}::text[], ${textArray(onlySums.map(([, sum]) => sumToText(sum)))}::text[]) AS new(id, sum)
      WHERE entry.space = moved.space AND entry.id = new.id
    )`;
}

/** Table `new`. */
function newEntries(database: HubDatabase, { tree, applied, sums }: BatchToWrite, entries: readonly Entry[]) {
  const made = new Map(applied.former.filter(({ before }) => before === null).map(({ entryId, sequence }) => [entryId, sequence]));
  return database`unnest(
    ${textArray(entries.map((entry) => entry.id))}::text[],
    ${textArray(entries.map((entry) => entry.parentId ?? rootId))}::text[],
    ${textArray(entries.map((entry) => nameKey(entry.name)))}::text[],
    ${numberArray(entries.map((entry) => entry.heads.length))}::smallint[],
    ${numberArray(withHistory(tree, applied, entries))}::integer[],
    ${numberArray(entries.map((entry) => (entry.deleted === null ? null : (entry.deleted.position?.sequence ?? 0))))}::bigint[],
    ${textArray(entries.map(({ id }) => sumToText(sums.folders.get(id) ?? tree.childSum(id))))}::text[],
    ${numberArray(entries.map(({ id }) => made.get(id) ?? tree.madeAt(id)))}::bigint[],
    string_to_array(${lines(entries, tree.texts)}, chr(10))
  ) AS new(id, parent_id, name_key, heads, has_history, gone_sequence, child_sum, made_sequence, state)`;
}

/** 1 for those of which this batch makes a version that is not the only one. */
function withHistory(tree: LoadedTree, { versions }: AppliedBatch, entries: readonly Entry[]): number[] {
  const made = new Map<EntryId, number>();
  for (const { entryId } of versions.values()) made.set(entryId, (made.get(entryId) ?? 0) + 1);
  return entries.map(({ id }) => {
    const before = tree.peekEntry(id);
    const had = before === null || before === undefined ? 0 : before.heads.length + before.trash.length;
    const count = made.get(id) ?? 0;
    return count > 0 && had + count > 1 ? 1 : 0;
  });
}
