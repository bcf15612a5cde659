import type { SpaceId } from '@jzse/sync';
import type postgres from 'postgres';
import { computeSums, currentTables } from './compute-sums.ts';
import type { Types } from './open-database.ts';
import { sumToText } from './text-hash.ts';

/** Sums of the spaces of a database that had none. Done again it changes nothing. */
export async function backFillSums(database: postgres.ISql<Types>): Promise<void> {
  for (const { id } of await database<{ readonly id: SpaceId }[]>`SELECT id FROM space ORDER BY id`) {
    const { root, aliases, versions } = await computeSums(database, currentTables, id);
    await database`
      UPDATE space SET root_sum = ${sumToText(root)}, alias_sum = ${sumToText(aliases)}, version_sum = ${sumToText(versions)} WHERE id = ${id}`;
  }
}
