import type { Hash, RegionId, SpaceId } from '@jzse/sync';
import type { TransferSource } from '../region/region-store.ts';
import type { HubStore, LeasedTransfer } from './hub-store.ts';
import { transferPriority } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';

type Transfers = Pick<HubStore, 'leaseTransfers' | 'settleTransfers' | 'prioritise' | 'pendingTransfers'>;

/** A transfer that failed is given out again after this, doubled with each failure in a row up to the maximum. */
const retryAfterMs = 500;
const retryAfterMsMax = 30_000;
const doublingsMax = 20;

/** The work of making regions hold what they lack. What is lost in a crash is planned or done again. */
export function prepareTransfers(database: HubDatabase): Transfers {
  return {
    leaseTransfers: (region, options) => lease(database, region, options),
    settleTransfers: async (region, { done, failed }, nowMs) => {
      await Promise.all([settleDone(database, region, done), settleFailed(database, region, { failed, nowMs })]);
    },
    prioritise: (...waiting) => putFirst(database, waiting),
    pendingTransfers: async () => {
      const rows = await database<{ readonly region: RegionId; readonly pending: number }[]>`
        SELECT region.id AS region, count(transfer.hash) AS pending FROM region LEFT JOIN transfer ON transfer.region = region.id GROUP BY region.id`;
      return Object.fromEntries(rows.map(({ region, pending }) => [region, pending]));
    },
  };
}

interface LeasedRow {
  readonly id: string;
  readonly space: SpaceId;
  readonly hash: Hash;
  readonly priority: number;
  readonly size: number;
  readonly manifest: Hash | null;
  readonly sources: readonly TransferSource[] | null;
}

/** Several processes of a region can ask at once: each gets others. */
async function lease(
  database: HubDatabase,
  region: RegionId,
  { limit, leaseMs, nowMs }: Parameters<HubStore['leaseTransfers']>[1],
): Promise<readonly LeasedTransfer[]> {
  const leaseUntilMs = nowMs + leaseMs;
  const rows = await database<LeasedRow[]>`
    WITH leased AS (
      UPDATE transfer SET not_before_ms = ${leaseUntilMs} WHERE id = ANY (ARRAY(
        SELECT id FROM transfer WHERE region = ${region} AND not_before_ms <= ${nowMs}
        ORDER BY priority, not_before_ms LIMIT ${limit} FOR UPDATE SKIP LOCKED))
      RETURNING id, space, hash, priority
    )
    SELECT leased.id, leased.space, leased.hash, leased.priority, content.size, content.manifest, (
      SELECT json_agg(json_build_object('region', region.id, 'url', region.url) ORDER BY region.seen_ms DESC)
      FROM holding JOIN region ON region.id = holding.region
      WHERE holding.space = leased.space AND holding.hash = leased.hash AND holding.region <> ${region}
    ) AS sources
    FROM leased CROSS JOIN LATERAL (SELECT size, manifest FROM content WHERE space = leased.space AND hash = leased.hash OFFSET 0) content
    ORDER BY leased.priority`;
  return rows.map(({ id, space, hash, priority, size, manifest, sources }) => ({
    transferId: id,
    space,
    content: { hash, size, manifest },
    priority,
    sources: sources ?? [],
    leaseUntilMs,
  }));
}

/** Also where a holding is recorded: who waits for a content knows better that it is not there. */
async function putFirst(database: HubDatabase, [region, space, contentHash, nowMs]: Parameters<HubStore['prioritise']>): Promise<void> {
  await database`
    INSERT INTO transfer (region, space, hash, priority, not_before_ms)
    SELECT region.id, content.space, content.hash, ${transferPriority.waiting}, ${nowMs} FROM region CROSS JOIN content
    WHERE region.id = ${region} AND content.space = ${space} AND content.hash = ${contentHash}
    ON CONFLICT (id) DO UPDATE
    SET priority = excluded.priority, not_before_ms = least(transfer.not_before_ms, excluded.not_before_ms)`;
}

async function settleDone(database: HubDatabase, region: RegionId, done: readonly string[]): Promise<void> {
  const ids = ownTransfers(region, done);
  if (ids.length === 0) return;
  await database`
    WITH gone AS (DELETE FROM transfer WHERE id = ANY (${ids}::text[]) RETURNING space, hash)
    INSERT INTO holding (space, hash, region) SELECT space, hash, ${region} FROM gone ORDER BY space, hash ON CONFLICT DO NOTHING`;
}

async function settleFailed(
  database: HubDatabase,
  region: RegionId,
  { failed, nowMs }: { readonly failed: readonly string[]; readonly nowMs: number },
): Promise<void> {
  const ids = ownTransfers(region, failed);
  if (ids.length === 0) return;
  await database`
    UPDATE transfer SET
      failures = least(failures + 1, ${doublingsMax}),
      not_before_ms = ${nowMs}::bigint + least(${retryAfterMsMax}::bigint, ${retryAfterMs}::bigint << failures)
    WHERE id = ANY (${ids}::text[])`;
}

/** In one order for all who lock several, so that none waits for one that waits for it. */
const ownTransfers = (region: RegionId, ids: readonly string[]): string[] => ids.filter((id) => id.startsWith(`${region}/`)).sort();
