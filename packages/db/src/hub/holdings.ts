import type { Hash, RegionId, SpaceId } from '@jzse/sync';
import type { TransferSource } from '../region/region-store.ts';
import type { HubStore } from './hub-store.ts';
import type { HubPools } from './open-database.ts';

type Holdings = Pick<HubStore, 'recordHoldings' | 'holders'>;
type Held = Parameters<HubStore['recordHoldings']>[1];

/** Who holds what. */
export function prepareHoldings({ durable, derived }: HubPools): Holdings {
  return {
    recordHoldings: (region, held) => record(derived, region, held),
    holders: async (space, contentHash) => {
      const rows = await durable<TransferSource[]>`
        SELECT region.id AS region, region.url FROM holding JOIN region ON region.id = holding.region
        WHERE holding.space = ${space} AND holding.hash = ${contentHash} ORDER BY region.seen_ms DESC, region.id`;
      return rows.map(({ region, url }) => ({ region, url }));
    },
  };
}

async function record(database: HubPools['derived'], region: RegionId, held: Held): Promise<void> {
  await Promise.all(
    [...hashesBySpace(held)].map(async ([space, hashes]) => {
      await database`
        WITH recorded AS (
          INSERT INTO holding (space, hash, region) SELECT ${space}, hash, ${region} FROM unnest(${hashes}::text[]) AS held(hash)
          ON CONFLICT DO NOTHING
        )
        DELETE FROM transfer WHERE region = ${region} AND space = ${space} AND hash = ANY (${hashes}::text[])`;
    }),
  );
}

/** Hashes each once and in order: all who write several of these rows go in one order, so none waits for one that waits for it. */
export function hashesBySpace(items: readonly { readonly space: SpaceId; readonly hash: Hash }[]): Map<SpaceId, Hash[]> {
  const grouped = new Map<SpaceId, Set<Hash>>();
  for (const { space, hash } of items) grouped.set(space, (grouped.get(space) ?? new Set()).add(hash));
  return new Map([...grouped].map(([space, hashes]) => [space, [...hashes].sort()]));
}
