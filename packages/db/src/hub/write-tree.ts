import type { Entry, EntryId } from '@jzse/sync';
import { nameKey, rootId } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import { lines } from './json-texts.ts';
import type { LoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import { sumToText } from './text-hash.ts';
import type { BatchToWrite } from './write-batch.ts';

/** Entries, aliases and versions that are new or another one now, and the sums of folders above them. */
export function writeTree(database: HubDatabase, batch: BatchToWrite) {
  const { aliases, versions: byDot } = batch.applied;
  const versions = [...byDot.entries()];
  return database`
    ${writeEntries(database, batch)}, put_alias AS (
      INSERT INTO alias (space, from_id, to_id)
      SELECT space, from_id, to_id FROM moved CROSS JOIN
        unnest(${[...aliases.keys()]}::text[], ${[...aliases.values()]}::text[]) AS new(from_id, to_id)
      ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id
    ), put_version AS (
      INSERT INTO version (space, dot, entry_id, wall_ms, logical, sequence, state)
      SELECT space, dot, entry_id, wall_ms, logical, sequence, state FROM moved CROSS JOIN unnest(
        ${versions.map(([dot]) => dot)}::text[],
        ${versions.map(([, { entryId }]) => entryId)}::text[],
        ${versions.map(([, { version }]) => version.stamp.wallMs)}::bigint[],
        ${versions.map(([, { version }]) => version.stamp.logical)}::integer[],
        ${versions.map(([, { version }]) => version.position?.sequence ?? 0)}::bigint[],
        string_to_array(${lines(
          versions.map(([, { version }]) => version),
          batch.tree.texts,
        )}, chr(10)))
        AS new(dot, entry_id, wall_ms, logical, sequence, state)
      ON CONFLICT (space, dot) DO UPDATE
      SET entry_id = excluded.entry_id, wall_ms = excluded.wall_ms, logical = excluded.logical, sequence = excluded.sequence, state = excluded.state
    )`;
}

function writeEntries(database: HubDatabase, { tree, applied, sums, atMs }: BatchToWrite) {
  const entries = [...applied.entries.values()].filter((entry) => entry !== null);
  const sumOf = (id: EntryId): string => sumToText(sums.folders.get(id) ?? tree.childSum(id));
  const onlySums = [...sums.folders].filter(([id]) => !applied.entries.has(id));
  const gone = entries.map((entry) => (entry.deleted === null ? null : (entry.deleted.position?.sequence ?? 0)));
  return database`
    put_entry AS (
      INSERT INTO entry (space, id, parent_id, name_key, live, heads, has_history, gone_sequence, gone_ms, child_sum, state)
      SELECT space, id, parent_id, name_key, gone_sequence IS NULL, heads, has_history = 1, gone_sequence,
        CASE WHEN gone_sequence IS NOT NULL THEN ${atMs}::bigint END, child_sum, state
      FROM moved CROSS JOIN unnest(
        ${entries.map((entry) => entry.id)}::text[],
        ${entries.map((entry) => entry.parentId ?? rootId)}::text[],
        ${entries.map((entry) => nameKey(entry.name))}::text[],
        ${entries.map((entry) => entry.heads.length)}::smallint[],
        ${withHistory(tree, applied, entries)}::integer[],
        ${gone}::bigint[],
        ${entries.map((entry) => sumOf(entry.id))}::text[],
        string_to_array(${lines(entries, tree.texts)}, chr(10)))
        AS new(id, parent_id, name_key, heads, has_history, gone_sequence, child_sum, state)
      ON CONFLICT (space, id) DO UPDATE SET
        parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live, heads = excluded.heads,
        has_history = entry.has_history OR excluded.has_history, gone_sequence = excluded.gone_sequence,
        gone_ms = CASE WHEN entry.gone_sequence = excluded.gone_sequence THEN entry.gone_ms ELSE excluded.gone_ms END,
        child_sum = excluded.child_sum, state = excluded.state
    ), put_sum AS (
      UPDATE entry SET child_sum = new.sum FROM moved CROSS JOIN
        unnest(${onlySums.map(([id]) => id)}::text[], ${onlySums.map(([, sum]) => sumToText(sum))}::text[]) AS new(id, sum)
      WHERE entry.space = moved.space AND entry.id = new.id
    )`;
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

/** Rows that go; empty where none does, else with a comma before what follows. */
export function dropRows(database: HubDatabase, batch: BatchToWrite) {
  return database`${dropForgotten(database, batch)} ${dropMerges(database, batch)}`;
}

function dropForgotten(database: HubDatabase, { applied, forgotten }: BatchToWrite) {
  const entries = [...applied.forgotten.entries].filter((id) => applied.entries.get(id) === null);
  const aliases = forgotten.aliases.map(({ from }) => from).filter((from) => !applied.aliases.has(from));
  const versions = [...applied.forgotten.versions].filter((dot) => !applied.versions.has(dot));
  if (entries.length + aliases.length + versions.length === 0) return database``;
  return database`
    drop_entry AS (
      DELETE FROM entry USING moved WHERE entry.space = moved.space AND entry.id = ANY (${entries}::text[])
    ), drop_alias AS (
      DELETE FROM alias USING moved WHERE alias.space = moved.space AND alias.from_id = ANY (${aliases}::text[])
    ), drop_version AS (
      DELETE FROM version USING moved WHERE version.space = moved.space AND version.dot = ANY (${versions}::text[])
    ),`;
}

/** Of conflicts that are settled: nobody need merge them any more. */
function dropMerges(database: HubDatabase, { tree, applied }: BatchToWrite) {
  const settled = [...applied.entries].filter(
    ([id, after]) => (tree.peekEntry(id)?.heads.length ?? 0) > 1 && (after?.heads.length ?? 0) < 2,
  );
  if (settled.length === 0) return database``;
  return database`
    drop_merge AS (
      DELETE FROM merge_task USING moved WHERE merge_task.space = moved.space AND merge_task.entry_id = ANY (${settled.map(([id]) => id)}::text[])
    ),`;
}
