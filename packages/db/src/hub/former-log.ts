import type { Forks, SpaceId } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import { LogNotEmpty } from './log-not-empty.ts';
import { LogNotReplaced } from './log-not-replaced.ts';
import type { HubDatabase } from './open-database.ts';
import { UnknownSpace } from './unknown-space.ts';

type Seed = Parameters<HubStore['sealSeed']>[1];

/** The log that stands where another one is to begin, compared with what that would have. */
export interface FormerLog {
  readonly epoch: number;
  readonly sequence: number;
  readonly floor: number;
  readonly forks: Forks;
  /** It lacks an operation that the new one has. */
  readonly lacks: boolean;
  /** A replica of which it has taken operations that the new one lacks, and whose rows it has dropped: nobody could carry them over. */
  readonly gone: string | null;
  /** A version that is another one in the new log, under the same dot: one of two disks was restored from a copy, or lost its number. */
  readonly other: string | null;
}

export async function readFormerLog(database: HubDatabase, space: SpaceId, { acknowledged }: Seed): Promise<FormerLog> {
  const counters = Object.entries(acknowledged);
  const [row] = await database<(Omit<FormerLog, 'forks'> & { readonly forks: string })[]>`
    WITH seen AS (
      SELECT replica, counter FROM
        unnest(${counters.map(([replica]) => replica)}::text[], ${counters.map(([, counter]) => counter)}::bigint[]) AS seen(replica, counter)
    ), beyond AS (
      SELECT replica, acknowledged.counter AS last, coalesce(seen.counter, 0) AS seen FROM acknowledged LEFT JOIN seen USING (replica)
      WHERE space = ${space} AND acknowledged.counter > coalesce(seen.counter, 0)
    )
    SELECT epoch, sequence, feed_floor AS floor, forks,
      EXISTS (
        SELECT FROM seen LEFT JOIN acknowledged ON acknowledged.space = space.id AND acknowledged.replica = seen.replica
        WHERE seen.counter > coalesce(acknowledged.counter, 0)
      ) AS lacks, (
        SELECT replica FROM beyond WHERE last - seen > (
          SELECT count(*) FROM feed WHERE feed.space = space.id
            AND split_part(dot, '/', 1) = replica AND split_part(dot, '/', 2)::bigint > seen)
        ORDER BY replica LIMIT 1
      ) AS gone, (
        SELECT version.dot FROM version JOIN seed_version USING (space, dot)
        WHERE version.space = space.id AND version.hash <> seed_version.hash ORDER BY version.dot LIMIT 1
      ) AS other
    FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  return { ...row, forks: JSON.parse(row.forks) as Forks };
}

/** An empty log always gives way. Throws `LogNotEmpty`, `LogNotReplaced`. */
export function checkMayBegin(space: SpaceId, { position, replaces = false }: Seed, former: Omit<FormerLog, 'forks'>): void {
  if (former.sequence === 0) return;
  if (!replaces) throw new LogNotEmpty(space);
  if (position.epoch === former.epoch) throw new LogNotReplaced(space, 'the region that was to take its place follows it by now');
  if (!former.lacks) throw new LogNotReplaced(space, 'it has all that the region has seen, which only has to take it');
  if (former.gone !== null)
    throw new LogNotReplaced(space, `it has taken operations of ${former.gone} that the region lacks, and has not their rows any more`);
  if (former.other !== null)
    throw new LogNotReplaced(space, `the region knows another operation as ${former.other}: a number was given out twice`);
}
