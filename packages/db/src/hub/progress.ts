import type { FeedPosition } from '@jzse/sync';
import type { HubStore, RegionProgress } from './hub-store.ts';
import type { HubPools } from './open-database.ts';

type Progress = Pick<HubStore, 'noteProgress' | 'progressAt' | 'progress' | 'pruneProgress'>;

/** How far each region is, and was: a row for each step that it told of. */
export function prepareProgress({ durable, derived }: HubPools): Progress {
  return {
    noteProgress: async (steps) => {
      if (steps.length === 0) return;
      // A word that says nothing new makes no row; of two at one time the further one counts.
      await derived`
        INSERT INTO region_progress (space, region, at_ms, epoch, sequence)
        SELECT DISTINCT ON (space, region, at_ms) space, region, at_ms, epoch, sequence FROM unnest(
          ${steps.map(({ space }) => space)}::text[],
          ${steps.map(({ region }) => region)}::text[],
          ${steps.map(({ atMs }) => atMs)}::bigint[],
          ${steps.map(({ position }) => position.epoch)}::integer[],
          ${steps.map(({ position }) => position.sequence)}::bigint[]) AS new(space, region, at_ms, epoch, sequence)
        WHERE (new.epoch, new.sequence) IS DISTINCT FROM (
          SELECT (epoch, sequence) FROM region_progress AS last
          WHERE last.space = new.space AND last.region = new.region AND last.at_ms <= new.at_ms ORDER BY last.at_ms DESC LIMIT 1)
        ORDER BY space, region, at_ms, epoch DESC, sequence DESC
        ON CONFLICT (space, region, at_ms) DO UPDATE SET epoch = excluded.epoch, sequence = excluded.sequence
        WHERE (excluded.epoch, excluded.sequence) > (region_progress.epoch, region_progress.sequence)`;
    },
    progressAt: async (region, space, atMs) => {
      const [row] = await durable<FeedPosition[]>`
        SELECT epoch, sequence FROM region_progress WHERE space = ${space} AND region = ${region} AND at_ms <= ${atMs}
        ORDER BY at_ms DESC LIMIT 1`;
      return row === undefined ? null : { epoch: row.epoch, sequence: row.sequence };
    },
    progress: async (space) => {
      const rows = await durable<(Pick<RegionProgress, 'region' | 'atMs'> & FeedPosition)[]>`
        SELECT region.id AS region, last.epoch, last.sequence, last.at_ms AS "atMs" FROM region CROSS JOIN LATERAL (
          SELECT epoch, sequence, at_ms FROM region_progress WHERE space = ${space} AND region = region.id ORDER BY at_ms DESC LIMIT 1
        ) last ORDER BY region.id`;
      return rows.map(({ region, epoch, sequence, atMs }) => ({ region, space, position: { epoch, sequence }, atMs }));
    },
    pruneProgress: async (olderThanMs, limit) => {
      // The last step before that time stays: it says where the region was then.
      const [row] = await derived<{ readonly pruned: number }[]>`
        WITH gone AS (
          DELETE FROM region_progress WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM region_progress AS old WHERE at_ms < ${olderThanMs} AND EXISTS (
              SELECT FROM region_progress AS next WHERE next.space = old.space AND next.region = old.region
                AND next.at_ms > old.at_ms AND next.at_ms <= ${olderThanMs} OFFSET 0)
            ORDER BY at_ms LIMIT ${limit}))
          RETURNING 1
        )
        SELECT count(*) AS pruned FROM gone`;
      return row?.pruned ?? 0;
    },
  };
}
