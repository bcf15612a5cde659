import type { Hash, RegionId, SpaceId } from '@jzse/sync';
import type { TransferSource } from '../region/region-store.ts';
import { hashesBySpace } from './holdings.ts';
import type { HubStore, LeasedTransfer } from './hub-store.ts';
import { transferPriority } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';

type Transfers = Pick<HubStore, 'leaseTransfers' | 'settleTransfers' | 'prioritise' | 'releaseTransfers' | 'pendingTransfers'>;

/** A transfer that failed is given out again after this, doubled with each failure in a row up to the maximum: when a region can be reached again, people wait no longer. */
const retryAfterMs = 500;
const retryAfterMsMax = 3_000;
const doublingsMax = 20;

/** The work of making regions hold what they lack. What is lost in a crash is planned or done again. */
export function prepareTransfers(database: HubDatabase): Transfers {
  return {
    leaseTransfers: (region, options) => lease(database, region, options),
    settleTransfers: async (region, { done, failed }, nowMs) => {
      await Promise.all([settleDone(database, region, done), settleFailed(database, region, { failed, nowMs })]);
    },
    prioritise: (...waiting) => putFirst(database, waiting),
    releaseTransfers: async (region) => {
      await database`UPDATE transfer SET lease_until_ms = 0 WHERE region = ${region} AND lease_until_ms <> 0`;
    },
    pendingTransfers: async () => {
      const rows = await database<{ readonly region: RegionId; readonly pending: number }[]>`
        SELECT region.id AS region, count(transfer.hash) AS pending FROM region LEFT JOIN transfer ON transfer.region = region.id GROUP BY region.id`;
      return Object.fromEntries(rows.map(({ region, pending }) => [region, pending]));
    },
  };
}

interface LeasedRow {
  readonly space: SpaceId;
  readonly hash: Hash;
  readonly priority: number;
  readonly size: number;
  readonly manifest: Hash | null;
  /** Region ids, separated by commas. */
  readonly holders: string | null;
}

/** Several processes of a region can ask at once: each gets others. What is due later than anything is put off was planned by a clock that was ahead: it is due. */
async function lease(
  database: HubDatabase,
  region: RegionId,
  { limit, leaseMs, nowMs }: Parameters<HubStore['leaseTransfers']>[1],
): Promise<readonly LeasedTransfer[]> {
  const leaseUntilMs = nowMs + leaseMs;
  const [regions, rows] = await Promise.all([
    database<TransferSource[]>`SELECT id AS region, url FROM region WHERE id <> ${region} ORDER BY seen_ms DESC`,
    database<LeasedRow[]>`
      WITH leased AS (
        UPDATE transfer SET lease_until_ms = ${leaseUntilMs} WHERE ctid = ANY (ARRAY(
          SELECT ctid FROM transfer WHERE region = ${region} 
            AND due_ms NOT BETWEEN ${nowMs}::bigint + 1 AND ${nowMs}::bigint + ${retryAfterMsMax}::bigint
            AND lease_until_ms NOT BETWEEN ${nowMs}::bigint + 1 AND ${leaseUntilMs}::bigint
          ORDER BY priority, due_ms LIMIT ${limit} FOR UPDATE SKIP LOCKED))
        RETURNING space, hash, priority, due_ms
      )
      SELECT leased.space, leased.hash, leased.priority, content.size, content.manifest,
        (SELECT string_agg(region, ',') FROM holding WHERE space = leased.space AND hash = leased.hash) AS holders
      FROM leased CROSS JOIN LATERAL (SELECT size, manifest FROM content WHERE space = leased.space AND hash = leased.hash OFFSET 0) content
      ORDER BY leased.priority, leased.due_ms`,
  ]);
  return rows.map(({ space, hash, priority, size, manifest, holders }) => {
    const holding = new Set(holders?.split(','));
    const sources = regions.filter((source) => holding.has(source.region)).map(({ region: from, url }) => ({ region: from, url }));
    return { transferId: transferId(region, space, hash), space, content: { hash, size, manifest }, priority, sources, leaseUntilMs };
  });
}

/** Also where a holding is recorded: who waits for a content knows better that it is not there. */
async function putFirst(database: HubDatabase, [region, space, contentHash, nowMs]: Parameters<HubStore['prioritise']>): Promise<void> {
  await database`
    INSERT INTO transfer (region, space, hash, priority, due_ms)
    SELECT region.id, content.space, content.hash, ${transferPriority.waiting}, ${nowMs} FROM region CROSS JOIN content
    WHERE region.id = ${region} AND content.space = ${space} AND content.hash = ${contentHash}
    ON CONFLICT (region, space, hash) DO UPDATE
    SET priority = excluded.priority, due_ms = least(transfer.due_ms, excluded.due_ms), lease_until_ms = 0`;
}

async function settleDone(database: HubDatabase, region: RegionId, done: readonly string[]): Promise<void> {
  await Promise.all(
    [...ownTransfers(region, done)].map(async ([space, hashes]) => {
      await database`
        WITH gone AS (
          DELETE FROM transfer WHERE region = ${region} AND space = ${space} AND hash = ANY (${hashes}::text[]) RETURNING hash
        )
        INSERT INTO holding (space, hash, region) SELECT ${space}, hash, ${region} FROM gone ORDER BY hash ON CONFLICT DO NOTHING`;
    }),
  );
}

async function settleFailed(
  database: HubDatabase,
  region: RegionId,
  { failed, nowMs }: { readonly failed: readonly string[]; readonly nowMs: number },
): Promise<void> {
  await Promise.all(
    [...ownTransfers(region, failed)].map(async ([space, hashes]) => {
      await database`
        UPDATE transfer SET
          lease_until_ms = 0,
          failures = least(failures + 1, ${doublingsMax}),
          due_ms = ${nowMs}::bigint + least(${retryAfterMsMax}::bigint, ${retryAfterMs}::bigint << failures)
        WHERE region = ${region} AND space = ${space} AND hash = ANY (${hashes}::text[])`;
    }),
  );
}

/** `shanghai/demo/<hash>`: the same whenever the transfer is planned. */
const transferId = (region: RegionId, space: SpaceId, hash: Hash): string => `${region}/${space}/${hash}`;

function ownTransfers(region: RegionId, ids: readonly string[]): Map<SpaceId, Hash[]> {
  const own: { readonly space: SpaceId; readonly hash: Hash }[] = [];
  for (const id of ids) {
    const [of, space, hash, ...rest] = id.split('/');
    if (of === region && space !== undefined && hash !== undefined && rest.length === 0)
      own.push({ space: space as SpaceId, hash: hash as Hash });
  }
  return hashesBySpace(own);
}
