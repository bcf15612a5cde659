import type { Content, SpaceId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { TransferSource, WantedContent } from './region-store.ts';

/** Transfers leased from the hub and not done. */
export interface Wanted {
  add(items: readonly WantedContent[]): void;
  next(nowMs: number, limit: number): WantedContent[];
  done(transferIds: readonly string[]): void;
  retry(transferId: string, notBeforeMs: number): void;
  count(): number;
}

interface Row {
  readonly transferId: string;
  readonly space: SpaceId;
  readonly content: string;
  readonly priority: number;
  readonly sources: string;
  readonly leaseUntilMs: number;
}

export function prepareWanted(database: RegionDatabase): Wanted {
  const add = database.prepare(
    `INSERT INTO wanted (transfer_id, space, content, priority, sources, lease_ms, not_before_ms) VALUES (?, ?, ?, ?, ?, ?, 0)
     ON CONFLICT (transfer_id) DO UPDATE SET priority = excluded.priority, sources = excluded.sources, lease_ms = excluded.lease_ms`,
  );
  const next = database.prepare<[number, number], Row>(
    `SELECT transfer_id AS transferId, space, content, priority, sources, lease_ms AS leaseUntilMs FROM wanted
     WHERE not_before_ms <= ? ORDER BY priority, not_before_ms LIMIT ?`,
  );
  const done = database.prepare('DELETE FROM wanted WHERE transfer_id = ?');
  const retry = database.prepare('UPDATE wanted SET not_before_ms = ? WHERE transfer_id = ?');
  const count = database.prepare<[], number>('SELECT count(*) FROM wanted').pluck();
  return {
    add: (items) => {
      for (const item of items) {
        add.run(item.transferId, item.space, JSON.stringify(item.content), item.priority, JSON.stringify(item.sources), item.leaseUntilMs);
      }
    },
    next: (nowMs, limit) =>
      next
        .all(nowMs, limit)
        .map((row) => ({ ...row, content: JSON.parse(row.content) as Content, sources: JSON.parse(row.sources) as TransferSource[] })),
    done: (transferIds) => {
      for (const id of transferIds) done.run(id);
    },
    retry: (transferId, notBeforeMs) => void retry.run(notBeforeMs, transferId),
    count: () => count.get() ?? 0,
  };
}
