import type { Content, Operation, RegionId, SpaceId } from '@jzse/sync';
import { nameKey, rootId } from '@jzse/sync';
import type { AppliedBatch } from './apply-batch.ts';
import type { HubDatabase } from './open-database.ts';
import { priorityOf } from './transfer-priority.ts';

export interface BatchToWrite {
  readonly space: SpaceId;
  /** The region that pushed. */
  readonly region: RegionId;
  /** Where the log ended, and which set of regions there was, when the batch was applied. */
  readonly log: { readonly epoch: number; readonly sequence: number; readonly generation: number };
  readonly applied: AppliedBatch;
  readonly nowMs: number;
}

/** Everything that a batch changes, in one statement; false, and nothing changed, if the log or the set of regions is another by now. */
export async function writeBatch(database: HubDatabase, batch: BatchToWrite): Promise<boolean> {
  const { space, log, applied } = batch;
  const sequence = log.sequence + applied.rows.length;
  const rows = await database`
    WITH regions AS (
      SELECT generation FROM registry WHERE generation = ${log.generation} FOR SHARE
    ), moved AS (
      UPDATE space SET sequence = ${sequence} FROM regions
      WHERE id = ${space} AND epoch = ${log.epoch} AND sequence = ${log.sequence}
      RETURNING id AS space
    ), ${writeLog(database, batch)}, ${writeTree(database, batch)}, ${writeContents(database, batch)}
    SELECT 1 FROM moved`;
  return rows.length === 1;
}

/** Many texts go as one, a line each, which neither side has to quote: JSON has no line break of its own. */
const lines = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join('\n');

function writeLog(database: HubDatabase, { applied: { rows } }: BatchToWrite) {
  const counters = new Map<string, number>(rows.map(({ operation: { dot } }) => [dot.replica, dot.counter]));
  return database`
    put_acknowledged AS (
      INSERT INTO acknowledged (space, replica, counter)
      SELECT space, replica, counter FROM moved CROSS JOIN
        unnest(${[...counters.keys()]}::text[], ${[...counters.values()]}::bigint[]) AS new(replica, counter)
      ON CONFLICT (space, replica) DO UPDATE SET counter = excluded.counter
    ), put_feed AS (
      INSERT INTO feed (space, sequence, row)
      SELECT space, sequence, row FROM moved CROSS JOIN
        unnest(${rows.map((row) => row.position.sequence)}::bigint[], string_to_array(${lines(rows)}, chr(10))) AS new(sequence, row)
    )`;
}

function writeTree(database: HubDatabase, { applied }: BatchToWrite) {
  const entries = [...applied.entries.values()];
  const versions = [...applied.versions.entries()];
  return database`
    put_entry AS (
      INSERT INTO entry (space, id, parent_id, name_key, live, state)
      SELECT space, id, parent_id, name_key, live = 1, state FROM moved CROSS JOIN unnest(
        ${entries.map((entry) => entry.id)}::text[],
        ${entries.map((entry) => entry.parentId ?? rootId)}::text[],
        ${entries.map((entry) => nameKey(entry.name))}::text[],
        ${entries.map((entry) => (entry.deleted === null ? 1 : 0))}::integer[],
        string_to_array(${lines(entries)}, chr(10))) AS new(id, parent_id, name_key, live, state)
      ON CONFLICT (space, id) DO UPDATE
      SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live, state = excluded.state
    ), put_alias AS (
      INSERT INTO alias (space, from_id, to_id)
      SELECT space, from_id, to_id FROM moved CROSS JOIN
        unnest(${[...applied.aliases.keys()]}::text[], ${[...applied.aliases.values()]}::text[]) AS new(from_id, to_id)
      ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id
    ), put_version AS (
      INSERT INTO version (space, dot, entry_id, wall_ms, logical, state)
      SELECT space, dot, entry_id, wall_ms, logical, state FROM moved CROSS JOIN unnest(
        ${versions.map(([dot]) => dot)}::text[],
        ${versions.map(([, { entryId }]) => entryId)}::text[],
        ${versions.map(([, { version }]) => version.stamp.wallMs)}::bigint[],
        ${versions.map(([, { version }]) => version.stamp.logical)}::integer[],
        string_to_array(${lines(versions.map(([, { version }]) => version))}, chr(10))) AS new(dot, entry_id, wall_ms, logical, state)
      ON CONFLICT (space, dot) DO UPDATE
      SET entry_id = excluded.entry_id, wall_ms = excluded.wall_ms, logical = excluded.logical, state = excluded.state
    )`;
}

/** Contents named for the first time, who holds them, and who has to fetch them: every region without a holding. */
function writeContents(database: HubDatabase, batch: BatchToWrite) {
  const contents = contentsOf(batch);
  const heldByPusher = new Set(batch.applied.rows.flatMap(({ operation }) => hashBroughtBy(operation, batch.region)));
  const hashes = contents.map(({ hash }) => hash);
  return database`
    put_content AS (
      INSERT INTO content (space, hash, size, manifest)
      SELECT space, hash, size, manifest FROM moved CROSS JOIN unnest(
        ${hashes}::text[],
        ${contents.map(({ size }) => size)}::bigint[],
        ${contents.map(({ manifest }) => manifest)}::text[]) AS new(hash, size, manifest)
      ON CONFLICT DO NOTHING
    ), put_holding AS (
      INSERT INTO holding (space, hash, region)
      SELECT space, hash, ${batch.region} FROM moved CROSS JOIN unnest(${hashes.filter((hash) => heldByPusher.has(hash))}::text[]) AS new(hash)
      ON CONFLICT DO NOTHING
    ), put_transfer AS (
      INSERT INTO transfer (region, space, hash, priority, due_ms)
      SELECT region.id, moved.space, new.hash, new.priority, ${batch.nowMs}
      FROM moved CROSS JOIN region CROSS JOIN unnest(
        ${hashes}::text[],
        ${contents.map(priorityOf)}::smallint[],
        ${hashes.map((hash) => (heldByPusher.has(hash) ? 1 : 0))}::integer[]) AS new(hash, priority, held)
      WHERE NOT (new.held = 1 AND region.id = ${batch.region})
        AND NOT EXISTS (SELECT 1 FROM holding WHERE holding.space = moved.space AND holding.hash = new.hash AND holding.region = region.id OFFSET 0)
      ON CONFLICT DO NOTHING
    )`;
}

/**
 * A region has the bytes that it wrote itself. Not so those that it hands on for another (SY10), nor a version that it
 * brings back or settles a conflict with: these it may know by name only.
 */
function hashBroughtBy(operation: Operation, pusher: RegionId): string[] {
  const isOwn = operation.dot.replica.split(':')[0] === pusher;
  const bringsBytes = (operation.type === 'create' && operation.kind === 'file') || operation.type === 'write';
  return isOwn && bringsBytes ? [operation.content.hash] : [];
}

/** Each once, by hash: all who write holdings and transfers go in this order, so none waits for one that waits for it. */
function contentsOf({ applied }: BatchToWrite): readonly Content[] {
  const contents = new Map([...applied.versions.values()].map(({ version }) => [version.content.hash, version.content]));
  return [...contents.values()].sort((left, right) => (left.hash < right.hash ? -1 : 1));
}
