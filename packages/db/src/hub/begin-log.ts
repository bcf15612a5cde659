import type { Forks, SpaceId } from '@jzse/sync';
import type { SpaceSums } from './digest-batch.ts';
import type { FormerLog } from './former-log.ts';
import type { HubStore } from './hub-store.ts';
import { transferPriority } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { sumToText } from './text-hash.ts';

export interface LogStart {
  readonly seed: Parameters<HubStore['sealSeed']>[1];
  readonly sums: SpaceSums;
  readonly epoch: number;
  /** What is there, as it was looked at; empty, or to be replaced. */
  readonly former: FormerLog;
}

/**
 * In one statement; false, and nothing changed, if the former log is another one by now. What that had taken and the state lacks is carried
 * over, for the hub to take again. Every region is planned to fetch everything; what it has it says when it is told to.
 */
export async function beginLog(database: HubDatabase, space: SpaceId, start: LogStart): Promise<boolean> {
  const { seed, sums, former } = start;
  const { nowMs } = seed;
  const { sequence } = seed.position;
  const rows = await database`
    WITH regions AS (
      SELECT generation FROM registry FOR SHARE
    ), moved AS (
      UPDATE space SET epoch = greatest(epoch + 1, ${start.epoch}::integer), sequence = ${sequence}, forks = ${JSON.stringify(forksOf(start))},
        feed_floor = ${sequence}, at_ms = ${nowMs}, past_floor = ${sequence}, past_ms = ${nowMs}, safe = 0,
        root_sum = ${sumToText(sums.root)}, alias_sum = ${sumToText(sums.aliases)}, version_sum = ${sumToText(sums.versions)}
      FROM regions WHERE id = ${space} AND epoch = ${former.epoch} AND sequence = ${former.sequence} AND feed_floor = ${former.floor}
      RETURNING id AS space
    ), ${carryOver(database, seed)}, ${dropFormer(database)}, ${putTree(database, nowMs)}, ${putContents(database, nowMs)}
    SELECT 1 FROM moved`;
  return rows.length === 1;
}

/** Nothing of a log that gives way is a part of the new one: who had seen it had not seen what is here now under the same numbers. */
function forksOf({ seed, former }: LogStart): Forks {
  const { epoch, sequence } = seed.position;
  const over = former.sequence === 0 ? [] : [...Object.keys(former.forks), String(former.epoch)];
  return { ...Object.fromEntries(over.map((each) => [each, 0])), ...seed.forks, [epoch]: sequence };
}

/** Keys that are taken again are changed in place: a row that is deleted and put anew in one statement would stand in its own way. */
function carryOver(database: HubDatabase, { acknowledged }: LogStart['seed']) {
  const counters = Object.entries(acknowledged);
  return database`
    seen AS (
      SELECT replica, counter FROM
        unnest(${counters.map(([replica]) => replica)}::text[], ${counters.map(([, counter]) => counter)}::bigint[]) AS seen(replica, counter)
    ), carried AS (
      INSERT INTO carried_operation (space, sequence, operation)
      SELECT space, sequence + (SELECT coalesce(max(sequence), 0) FROM carried_operation AS waiting WHERE waiting.space = moved.space),
        (row::json -> 'operation')::text
      FROM moved JOIN feed USING (space)
      WHERE split_part(dot, '/', 2)::bigint > coalesce((SELECT counter FROM seen WHERE replica = split_part(dot, '/', 1)), 0)
    ), put_acknowledged AS (
      INSERT INTO acknowledged (space, replica, counter) SELECT space, replica, counter FROM moved CROSS JOIN seen
      ON CONFLICT (space, replica) DO UPDATE SET counter = excluded.counter
    ), drop_acknowledged AS (
      DELETE FROM acknowledged USING moved WHERE acknowledged.space = moved.space
        AND NOT EXISTS (SELECT FROM seen WHERE seen.replica = acknowledged.replica)
    )`;
}

/** Regions let go of bytes that no version names: nobody is taken to hold them, should they come again. */
const dropFormer = (database: HubDatabase) => database`
    drop_feed AS (
      DELETE FROM feed USING moved WHERE feed.space = moved.space
    ), drop_change AS (
      DELETE FROM entry_change USING moved WHERE entry_change.space = moved.space
    ), drop_merge AS (
      DELETE FROM merge_task USING moved WHERE merge_task.space = moved.space
    ), drop_entry AS (
      DELETE FROM entry USING moved WHERE entry.space = moved.space
        AND NOT EXISTS (SELECT FROM seed_entry WHERE seed_entry.space = entry.space AND seed_entry.id = entry.id OFFSET 0)
    ), drop_alias AS (
      DELETE FROM alias USING moved WHERE alias.space = moved.space
        AND NOT EXISTS (SELECT FROM seed_alias WHERE seed_alias.space = alias.space AND seed_alias.from_id = alias.from_id OFFSET 0)
    ), drop_version AS (
      DELETE FROM version USING moved WHERE version.space = moved.space
        AND NOT EXISTS (SELECT FROM seed_version WHERE seed_version.space = version.space AND seed_version.dot = version.dot OFFSET 0)
    ), drop_content AS (
      DELETE FROM content USING moved WHERE content.space = moved.space
        AND NOT EXISTS (SELECT FROM seed_content WHERE seed_content.space = content.space AND seed_content.hash = content.hash OFFSET 0)
      RETURNING content.space, content.hash
    ), drop_holding AS (
      DELETE FROM holding USING drop_content WHERE holding.space = drop_content.space AND holding.hash = drop_content.hash
    ), drop_transfer AS (
      DELETE FROM transfer USING drop_content CROSS JOIN region
      WHERE transfer.region = region.id AND transfer.space = drop_content.space AND transfer.hash = drop_content.hash
    )`;

const putTree = (database: HubDatabase, nowMs: number) => database`
    put_entry AS (
      INSERT INTO entry (space, id, parent_id, name_key, live, heads, has_history, gone_sequence, gone_ms, child_sum, state)
      SELECT space, id, parent_id, name_key, live, heads,
        (SELECT count(*) > 1 FROM seed_version WHERE seed_version.space = moved.space AND seed_version.entry_id = seed_entry.id),
        gone_sequence, CASE WHEN NOT live THEN ${nowMs}::bigint END, child_sum, state
      FROM moved JOIN seed_entry USING (space)
      ON CONFLICT (space, id) DO UPDATE SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live,
        heads = excluded.heads, has_history = excluded.has_history, gone_sequence = excluded.gone_sequence, gone_ms = excluded.gone_ms,
        child_sum = excluded.child_sum, state = excluded.state
    ), put_alias AS (
      INSERT INTO alias (space, from_id, to_id) SELECT space, from_id, to_id FROM moved JOIN seed_alias USING (space)
      ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id
    ), put_version AS (
      INSERT INTO version (space, dot, entry_id, wall_ms, logical, sequence, hash, state)
      SELECT space, dot, entry_id, wall_ms, logical, sequence, hash, state FROM moved JOIN seed_version USING (space)
      ON CONFLICT (space, dot) DO UPDATE SET entry_id = excluded.entry_id, wall_ms = excluded.wall_ms, logical = excluded.logical,
        sequence = excluded.sequence, hash = excluded.hash, state = excluded.state
    )`;

const putContents = (database: HubDatabase, nowMs: number) => database`
    put_content AS (
      INSERT INTO content (space, hash, size, manifest) SELECT space, hash, size, manifest FROM moved JOIN seed_content USING (space)
      ON CONFLICT DO NOTHING
    ), put_transfer AS (
      INSERT INTO transfer (region, space, hash, priority, due_ms)
      SELECT region.id, space, new.hash, ${transferPriority.bulk}, ${nowMs} FROM moved JOIN seed_content AS new USING (space) CROSS JOIN region
      WHERE region.id <> ALL (ARRAY(SELECT region FROM unplaced WHERE unplaced.space = moved.space)) AND NOT EXISTS (
        SELECT FROM holding WHERE holding.space = new.space AND holding.hash = new.hash AND holding.region = region.id OFFSET 0)
      ORDER BY region.id, new.hash
      ON CONFLICT DO NOTHING
    )`;
