import type { Content, RegionId, SpaceId } from '@jzse/sync';
import { transferPriority } from './hub-store.ts';
import type { HubTransaction } from './open-database.ts';

/** Up to this size a new content goes before bulk. */
const smallBytesMax = 256 * 1024;
/** Any two constants that nobody else uses in this database. */
const planningLock = 7_365_002;

/** Taken by who plans for all regions there are. Many may hold it. */
export async function lockRegions(transaction: HubTransaction): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock_shared(${planningLock})`;
}

/** Taken by who adds a region and plans for all contents there are: neither may miss what the other is just adding. */
export async function lockPlanning(transaction: HubTransaction): Promise<void> {
  await transaction`SELECT pg_advisory_xact_lock(${planningLock})`;
}

/** Transfers of these new contents to every region that lacks them. */
export async function planTransfers(
  transaction: HubTransaction,
  space: SpaceId,
  { contents, nowMs }: { readonly contents: readonly Content[]; readonly nowMs: number },
): Promise<void> {
  if (contents.length === 0) return;
  const priorities = contents.map(({ size }) => (size <= smallBytesMax ? transferPriority.small : transferPriority.bulk));
  await transaction`
    INSERT INTO transfer (region, space, hash, priority, due_ms)
    SELECT region.id, ${space}, new.hash, new.priority, ${nowMs}
    FROM unnest(${contents.map(({ hash }) => hash)}::text[], ${priorities}::smallint[]) AS new(hash, priority) CROSS JOIN region
    WHERE NOT EXISTS (
      SELECT 1 FROM holding WHERE holding.space = ${space} AND holding.hash = new.hash AND holding.region = region.id OFFSET 0)
    ON CONFLICT DO NOTHING`;
}

/** Transfers of every content that the region lacks, history included: back-fill is bulk, whatever its size. */
export async function planBackFill(transaction: HubTransaction, region: RegionId, nowMs: number): Promise<void> {
  // The one statement that does walk whole tables.
  await transaction`SELECT set_config('enable_seqscan', 'on', true)`;
  await transaction`
    INSERT INTO transfer (region, space, hash, priority, due_ms)
    SELECT ${region}, content.space, content.hash, ${transferPriority.bulk}, ${nowMs} FROM content
    WHERE NOT EXISTS (
      SELECT 1 FROM holding WHERE holding.space = content.space AND holding.hash = content.hash AND holding.region = ${region})
    ON CONFLICT DO NOTHING`;
}
