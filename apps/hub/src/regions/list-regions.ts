import type { RegionInfo } from '@jzse/api/edge';
import type { HubStore, RegionRow } from '@jzse/db/hub';

/** A region that was not heard for longer is not healthy. */
export const healthyMs = 15_000;

export interface ListRegionsDeps {
  readonly store: Pick<HubStore, 'listRegions' | 'pendingTransfers'>;
  readonly nowMs: () => number;
}

export async function listRegions({ store, nowMs }: ListRegionsDeps): Promise<readonly RegionInfo[]> {
  const [rows, pending] = await Promise.all([store.listRegions(), store.pendingTransfers()]);
  const now = nowMs();
  return rows.map((row) => ({ ...regionInfo(row, now), pendingTransfers: pending[row.id] ?? 0 }));
}

function regionInfo(row: RegionRow, nowMs: number): Omit<RegionInfo, 'pendingTransfers'> {
  return {
    id: row.id,
    url: row.url,
    healthy: nowMs - row.lastSeenAtMs <= healthyMs,
    lastSeenMs: row.lastSeenAtMs,
    clockSkewMs: row.clockSkewMs,
    diskFreeBytes: row.capacity?.diskFreeBytes ?? null,
    outbox: row.capacity?.outbox ?? null,
  };
}
