import type { EntryId, SpaceId } from '@jzse/sync';
import type { HubDatabase } from './open-database.ts';

/** The chain of aliases from `id`; the last one, which no alias leads on from, stands for it now: table `resolved`. */
export const standsFor = (database: HubDatabase, space: SpaceId, id: EntryId) => database`
  chain(id) AS (
    SELECT ${id}::text COLLATE "C"
    UNION ALL
    SELECT next.to_id FROM chain CROSS JOIN LATERAL (SELECT to_id FROM alias WHERE space = ${space} AND from_id = chain.id OFFSET 0) next
  ),
  resolved(id) AS (
    SELECT id FROM chain WHERE NOT EXISTS (SELECT 1 FROM alias WHERE space = ${space} AND from_id = chain.id OFFSET 0)
  )`;
