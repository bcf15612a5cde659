import type { RegionId } from '@jzse/sync';
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

/** In the order of their ids, as all who write several of these rows. */
async function record(database: HubPools['derived'], region: RegionId, held: Held): Promise<void> {
  if (held.length === 0) return;
  const byTransferId = new Map(held.map((item) => [`${region}/${item.space}/${item.hash}`, item]));
  const ids = [...byTransferId.keys()].sort();
  const items = ids.map((id) => byTransferId.get(id)).filter((item) => item !== undefined);
  await database`
    WITH recorded AS (
      INSERT INTO holding (space, hash, region)
      SELECT space, hash, ${region} FROM unnest(${items.map(({ space }) => space)}::text[], ${items.map(({ hash }) => hash)}::text[]) AS held(space, hash)
      ON CONFLICT DO NOTHING
    )
    DELETE FROM transfer WHERE id = ANY (${ids}::text[])`;
}
