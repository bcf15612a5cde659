import type { SpaceId } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { UnknownSpace } from './unknown-space.ts';

type Policies = Pick<HubStore, 'policy' | 'setPolicy' | 'policies'>;

/** Of a space whose managers have decided nothing. */
const noPolicy = '{}';

/** What the managers of each space have decided. */
/** Revisions of a hub that lost its database go on above those that regions still have. */
const jzseBeganMs = Date.UTC(2026, 0, 1);

export function preparePolicies(database: HubDatabase, nowMs: () => number): Policies {
  const read = (of: SpaceId | null) => database<{ readonly space: SpaceId; readonly revision: number; readonly policy: string }[]>`
    SELECT space.id AS space, coalesce(revision, 0) AS revision, coalesce(policy, ${noPolicy}) AS policy
    FROM space LEFT JOIN policy ON policy.space = space.id ${of === null ? database`` : database`WHERE space.id = ${of}`} ORDER BY space.id`;
  return {
    policy: async (space) => {
      const [row] = await read(space);
      if (row === undefined) throw new UnknownSpace(space);
      return { revision: row.revision, policy: row.policy };
    },
    policies: async () => (await read(null)).map(({ space, revision, policy }) => ({ space, revision, policy })),
    setPolicy: async (space, policy) => {
      const secondsOfJzse = Math.max(1, Math.floor((nowMs() - jzseBeganMs) / 1000));
      // What an old rule could not merge, a new one may.
      const [row] = await database<{ readonly revision: number }[]>`
        WITH failed AS (DELETE FROM merge_task WHERE space = ${space} AND failure IS NOT NULL)
        INSERT INTO policy AS known (space, revision, policy) SELECT id, ${secondsOfJzse}::integer, ${policy} FROM space WHERE id = ${space}
        ON CONFLICT (space) DO UPDATE SET revision = greatest(known.revision + 1, excluded.revision), policy = excluded.policy RETURNING revision`;
      if (row === undefined) throw new UnknownSpace(space);
      return row.revision;
    },
  };
}
