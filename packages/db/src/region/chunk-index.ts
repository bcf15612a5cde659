import type { Hash } from '@jzse/sync';
import type { GroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';

/** A chunk as the store keeps it; the same shape as `ChunkRow` of packages/storage, which knows no database. */
export interface StoredChunk {
  readonly hash: Hash;
  readonly size: number;
  readonly encoding: 'plain' | 'zstd';
  readonly inline: Uint8Array | null;
}

export interface ChunkIndexTable {
  has(hash: Hash): boolean;
  add(rows: readonly StoredChunk[]): Promise<void>;
  lookup(hash: Hash): StoredChunk | null;
  renew(hashes: readonly Hash[]): Promise<Hash[]>;
  remove(hashes: readonly Hash[]): Promise<void>;
  /** Inside a transaction: rows that nothing names and whose lease ended before; they are deleted, and returned if they have a file. */
  release(leaseEndedBeforeMs: number, limit: number): Hash[];
}

/** A lease is written anew only when it is this old: asking for a chunk again costs no write. */
const renewAfterMs = 60_000;

export function prepareChunkIndex(
  database: RegionDatabase,
  deps: { readonly group: GroupCommit; readonly nowMs: () => number },
): ChunkIndexTable {
  const lease = database.prepare<[string], number>('SELECT lease_ms FROM chunk WHERE hash = ?').pluck();
  const insert = database.prepare(
    `INSERT INTO chunk (hash, size, encoding, inline, lease_ms) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET lease_ms = excluded.lease_ms`,
  );
  const lookup = database.prepare<[string], StoredChunk>('SELECT hash, size, encoding, inline FROM chunk WHERE hash = ?');
  const renew = database.prepare('UPDATE chunk SET lease_ms = ? WHERE hash = ?');
  const remove = database.prepare('DELETE FROM chunk WHERE hash = ?');
  const unnamed = database.prepare<[number, number], { readonly hash: Hash; readonly isFile: number }>(
    `DELETE FROM chunk WHERE hash IN (
       SELECT hash FROM chunk WHERE lease_ms < ?
         AND NOT EXISTS (SELECT 1 FROM version WHERE version.content_hash = chunk.hash)
         AND NOT EXISTS (SELECT 1 FROM content WHERE content.manifest = chunk.hash)
         AND NOT EXISTS (SELECT 1 FROM manifest_chunk WHERE manifest_chunk.chunk_hash = chunk.hash)
         AND NOT EXISTS (SELECT 1 FROM upload_chunk WHERE upload_chunk.hash = chunk.hash)
       LIMIT ?)
     RETURNING hash, inline IS NULL AS isFile`,
  );

  return {
    has: (hash) => lease.get(hash) !== undefined,
    add: async (rows) => {
      await deps.group.run(() => {
        for (const row of rows) insert.run(row.hash, row.size, row.encoding, row.inline, deps.nowMs());
      });
    },
    lookup: (hash) => lookup.get(hash) ?? null,
    renew: async (hashes) => {
      const nowMs = deps.nowMs();
      const stale = hashes.filter((hash) => (lease.get(hash) ?? nowMs) < nowMs - renewAfterMs);
      if (stale.length > 0) {
        await deps.group.run(() => {
          for (const hash of stale) renew.run(nowMs, hash);
        });
      }
      return hashes.filter((hash) => lease.get(hash) === undefined);
    },
    remove: async (hashes) => {
      await deps.group.run(() => {
        for (const hash of hashes) remove.run(hash);
      });
    },
    release: (leaseEndedBeforeMs, limit) =>
      unnamed
        .all(leaseEndedBeforeMs, limit)
        .filter((row) => row.isFile === 1)
        .map((row) => row.hash),
  };
}
