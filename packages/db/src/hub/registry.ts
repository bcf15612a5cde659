import type { RegionId } from '@jzse/sync';
import { replicaId } from '@jzse/sync';
import type { HubStore, RegionCapacity, RegionRow } from './hub-store.ts';
import type { HubPools, HubTransaction } from './open-database.ts';
import { lockPlanning, planBackFill } from './plan-transfers.ts';

type Registry = Pick<HubStore, 'registerRegion' | 'issueReplica' | 'heartbeat' | 'listRegions'>;

/** Which regions there are, and how they are. */
export function prepareRegistry({ durable, derived }: HubPools, nowMs: () => number): Registry {
  return {
    registerRegion: async (region, atMs) => {
      const known = await durable`UPDATE region SET url = ${region.url}, seen_ms = ${atMs} WHERE id = ${region.id}`;
      if (known.count === 0) await durable.begin((transaction) => addRegion(transaction, region, atMs));
    },
    issueReplica: (region) =>
      durable.begin(async (transaction) => {
        await lockPlanning(transaction);
        const life = await nextLife(transaction, region);
        if (life > 1) await emptied(transaction, region, nowMs());
        return replicaId(region, life);
      }),
    heartbeat: async (region, capacity, atMs) => {
      await derived`UPDATE region SET capacity = ${JSON.stringify(capacity)}, seen_ms = ${atMs} WHERE id = ${region}`;
    },
    listRegions: async () => {
      const rows = await durable<(Omit<RegionRow, 'capacity'> & { readonly capacity: string | null })[]>`
        SELECT id, url, registered_ms AS "registeredAtMs", seen_ms AS "lastSeenAtMs", capacity FROM region ORDER BY id`;
      return rows.map((row) => ({ ...row, capacity: row.capacity === null ? null : (JSON.parse(row.capacity) as RegionCapacity) }));
    },
  };
}

async function addRegion(
  transaction: HubTransaction,
  region: { readonly id: RegionId; readonly url: string },
  atMs: number,
): Promise<void> {
  await lockPlanning(transaction);
  await transaction`
    INSERT INTO region (id, url, registered_ms, seen_ms) VALUES (${region.id}, ${region.url}, ${atMs}, ${atMs})
    ON CONFLICT (id) DO UPDATE SET url = excluded.url, seen_ms = excluded.seen_ms`;
  await planBackFill(transaction, region.id, atMs);
}

/** Later than every life that was issued, and than every one that the log knows: a hub that lost its database learns of those from the regions. */
async function nextLife(transaction: HubTransaction, region: RegionId): Promise<number> {
  const [row] = await transaction<{ readonly lives: number }[]>`
    INSERT INTO replica_life AS known (region, lives)
    SELECT ${region}, 1 + coalesce(max(split_part(replica, ':', 2)::integer), 0) FROM acknowledged WHERE split_part(replica, ':', 1) = ${region}
    ON CONFLICT (region) DO UPDATE SET lives = greatest(known.lives + 1, excluded.lives)
    RETURNING lives`;
  if (row === undefined) throw new Error(`no replica id was issued to ${region}`);
  return row.lives;
}

/** A new life may hold nothing of what the one before held. What it does hold it says when it is told to fetch it. */
async function emptied(transaction: HubTransaction, region: RegionId, atMs: number): Promise<void> {
  await transaction`DELETE FROM holding WHERE region = ${region}`;
  const [known] = await transaction`SELECT 1 FROM region WHERE id = ${region}`;
  if (known !== undefined) await planBackFill(transaction, region, atMs);
}
