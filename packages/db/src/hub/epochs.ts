import type { SpaceId } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { UnknownSpace } from './unknown-space.ts';

/** Begins a new epoch of a space's log, which stays as it is. Fenced by the old number: of several who find out at once, one begins it. */
export function prepareRaiseEpoch(database: HubDatabase, firstEpoch: (nowMs: number) => number): HubStore['raiseEpoch'] {
  return async (space: SpaceId, { epoch, keptUpTo, nowMs }) => {
    const [row] = await database<{ readonly raised: boolean }[]>`
      WITH raised AS (
        UPDATE space SET epoch = greatest(epoch + 1, ${firstEpoch(nowMs)}::integer),
          forks = (forks::jsonb || jsonb_build_object(epoch::text, least(sequence, ${keptUpTo}::bigint)))::text
        WHERE id = ${space} AND epoch = ${epoch} RETURNING id
      )
      SELECT EXISTS (SELECT FROM raised) AS raised FROM space WHERE id = ${space}`;
    if (row === undefined) throw new UnknownSpace(space);
    return row.raised;
  };
}
