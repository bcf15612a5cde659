import type { Content, Operation, RegionId } from '@jzse/sync';
import { numberArray, textArray } from './array-texts.ts';
import type { HubDatabase } from './open-database.ts';
import { priorityOf } from './transfer-priority.ts';
import type { BatchToWrite } from './write-batch.ts';

/** Contents named for the first time, who holds them, and who has to fetch them: every region without a holding. */
export function writeContents(database: HubDatabase, batch: BatchToWrite) {
  const contents = contentsOf(batch);
  const heldByPusher = new Set(batch.applied.rows.flatMap(({ operation }) => hashBroughtBy(operation, batch.region)));
  return database`
    new_content AS MATERIALIZED (
      SELECT space, hash, size, manifest, priority, held = 1 AS held FROM moved CROSS JOIN unnest(
        ${textArray(contents.map(({ hash }) => hash))}::text[],
        ${numberArray(contents.map(({ size }) => size))}::bigint[],
        ${textArray(contents.map(({ manifest }) => manifest))}::text[],
        ${numberArray(contents.map(priorityOf))}::smallint[],
        ${numberArray(contents.map(({ hash }) => (heldByPusher.has(hash) ? 1 : 0)))}::integer[]) AS new(hash, size, manifest, priority, held)
    ), put_content AS (
      INSERT INTO content (space, hash, size, manifest) SELECT space, hash, size, manifest FROM new_content
      ON CONFLICT DO NOTHING
    ), put_holding AS (
      INSERT INTO holding (space, hash, region) SELECT space, hash, ${batch.region} FROM new_content WHERE held
      ON CONFLICT DO NOTHING
    ), put_transfer AS (
      INSERT INTO transfer (region, space, hash, priority, due_ms)
      SELECT region.id, new.space, new.hash, new.priority, ${batch.nowMs}
      FROM new_content AS new CROSS JOIN region
      WHERE NOT (new.held AND region.id = ${batch.region})
        AND region.id <> ALL (ARRAY(SELECT region FROM unplaced WHERE space = ${batch.space}))
        AND NOT EXISTS (SELECT 1 FROM holding WHERE holding.space = new.space AND holding.hash = new.hash AND holding.region = region.id OFFSET 0)
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
