import type { RegionId } from '@jzse/sync';
import { replicaId, replicaLifeMax } from '@jzse/sync';
import type { HubStore, RegionCapacity, RegionRow } from './hub-store.ts';
import { transferPriority } from './hub-store.ts';
import type { HubDatabase, HubPools } from './open-database.ts';

type Registry = Pick<HubStore, 'registerRegion' | 'issueReplica' | 'noteReplica' | 'heartbeat' | 'listRegions' | 'noteClockSkew'>;

/** Which regions there are, and how they are. */
export interface RegistryOptions {
  readonly nowMs: () => number;
  readonly firstLife: (nowMs: number) => number;
}

export function prepareRegistry({ durable, derived }: HubPools, { nowMs, firstLife }: RegistryOptions): Registry {
  return {
    registerRegion: async (region, atMs) => {
      const [known] = await durable<{ readonly isBackFilled: boolean }[]>`
        UPDATE region SET url = ${region.url}, seen_ms = ${atMs} WHERE id = ${region.id} RETURNING back_filled AS "isBackFilled"`;
      if (known === undefined) await addRegion(durable, region, atMs);
      if (known?.isBackFilled !== true) await planBackFill(durable, region.id, atMs);
    },
    issueReplica: async (region) => {
      const life = await nextLife(durable, region, firstLife(nowMs()));
      if (life > 1) await planBackFill(durable, region, nowMs());
      return replicaId(region, life);
    },
    noteReplica: async (replica) => {
      const [region, life] = replica.split(':');
      await durable`
        INSERT INTO replica_life AS known (region, lives) VALUES (${region ?? ''}, ${Number(life)})
        ON CONFLICT (region) DO UPDATE SET lives = greatest(known.lives, excluded.lives)`;
    },
    heartbeat: async (region, capacity, atMs) => {
      await derived`UPDATE region SET capacity = ${JSON.stringify(capacity)}, seen_ms = ${atMs} WHERE id = ${region}`;
    },
    listRegions: async () => {
      const rows = await durable<(Omit<RegionRow, 'capacity'> & { readonly capacity: string | null })[]>`
        SELECT id, url, registered_ms AS "registeredAtMs", seen_ms AS "lastSeenAtMs", capacity, clock_skew_ms AS "clockSkewMs"
        FROM region ORDER BY id`;
      return rows.map((row) => ({ ...row, capacity: row.capacity === null ? null : (JSON.parse(row.capacity) as RegionCapacity) }));
    },
    noteClockSkew: async (region, skewMs) => {
      await derived`UPDATE region SET clock_skew_ms = ${skewMs} WHERE id = ${region} AND clock_skew_ms IS DISTINCT FROM ${skewMs}`;
    },
  };
}

/**
 * With the new generation: batches that were planned for the regions before are in when this is done, since they lock the old
 * one; those that come later plan for this region too. The back-fill that follows sees all the former.
 */
async function addRegion(database: HubDatabase, region: { readonly id: RegionId; readonly url: string }, atMs: number): Promise<void> {
  await database`
    WITH renewed AS (UPDATE registry SET generation = generation + 1 RETURNING generation)
    INSERT INTO region (id, url, registered_ms, seen_ms)
    SELECT ${region.id}, ${region.url}, ${atMs}::bigint, ${atMs}::bigint FROM renewed
    ON CONFLICT (id) DO UPDATE SET url = excluded.url, seen_ms = excluded.seen_ms`;
}

/** Transfers of every content that the region lacks, history included: bulk, whatever the size. */
async function planBackFill(database: HubDatabase, region: RegionId, atMs: number): Promise<void> {
  await database`
    INSERT INTO transfer (region, space, hash, priority, due_ms)
    SELECT region.id, content.space, content.hash, ${transferPriority.bulk}, ${atMs} FROM content CROSS JOIN region
    WHERE region.id = ${region} AND content.space <> ALL (ARRAY(SELECT space FROM unplaced WHERE unplaced.region = ${region})) AND NOT EXISTS (
      SELECT 1 FROM holding WHERE holding.space = content.space AND holding.hash = content.hash AND holding.region = ${region} OFFSET 0)
    ORDER BY content.space, content.hash
    ON CONFLICT DO NOTHING`;
  await database`UPDATE region SET back_filled = true WHERE id = ${region}`;
}

/**
 * Later than every life that was issued, than every one that the log knows, and than the clock's: a hub that lost its database learns of
 * the others from the regions, but one whose disk was lost along with it can tell nothing. A new life may hold nothing of what the one before held; what it does hold it says when it is told to fetch it.
 */
async function nextLife(database: HubDatabase, region: RegionId, first: number): Promise<number> {
  const [row] = await database<{ readonly lives: number }[]>`
    WITH issued AS (
      INSERT INTO replica_life AS known (region, lives)
      SELECT ${region}, greatest(${first}::integer, 1 + coalesce(max(split_part(replica, ':', 2)::integer), 0)) FROM acknowledged
      WHERE split_part(replica, ':', 1) = ${region} AND split_part(replica, ':', 2)::integer <= ${replicaLifeMax}
      ON CONFLICT (region) DO UPDATE SET lives = greatest(known.lives + 1, excluded.lives)
      RETURNING lives
    ), emptied AS (
      DELETE FROM holding USING issued WHERE lives > 1 AND region = ${region}
    ), unplanned AS (
      UPDATE region SET back_filled = false FROM issued WHERE lives > 1 AND id = ${region}
    )
    SELECT lives FROM issued`;
  if (row === undefined) throw new Error(`no replica id was issued to ${region}`);
  return row.lives;
}
