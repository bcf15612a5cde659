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
  /** In the order of hashes; from the first without `after`. */
  hashesAfter(after: Hash | null, limit: number): readonly Hash[];
  /** Inside a transaction: looks at the next rows in hash order; those that nothing names and whose lease ended are deleted, and named if they have a file. */
  release(step: ReleaseStep): Released;
}

/** A step of collection: at most `limit` rows after `after` are looked at, so that nobody waits for a walk over all chunks. */
export interface ReleaseStep {
  readonly leaseEndedBeforeMs: number;
  readonly after: Hash | null;
  readonly limit: number;
}
export interface Released {
  /** Files that are to be unlinked. */
  readonly files: readonly Hash[];
  /** Where the next step goes on; null at the end of the walk. */
  readonly next: Hash | null;
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
  const step = database.prepare<[string, number], string>('SELECT hash FROM chunk WHERE hash > ? ORDER BY hash LIMIT ?').pluck();
  const release = database.prepare<[number, string, string], { readonly hash: Hash; readonly isFile: number }>(
    `DELETE FROM chunk WHERE lease_ms < ? AND hash > ? AND hash <= ?
       AND NOT EXISTS (SELECT 1 FROM version WHERE version.content_hash = chunk.hash)
       AND NOT EXISTS (SELECT 1 FROM content WHERE content.manifest = chunk.hash)
       AND NOT EXISTS (SELECT 1 FROM manifest_chunk WHERE manifest_chunk.chunk_hash = chunk.hash)
       AND NOT EXISTS (SELECT 1 FROM upload_chunk WHERE upload_chunk.hash = chunk.hash)
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
    hashesAfter: (after, limit) => step.all(after ?? '', limit) as Hash[],
    release: ({ leaseEndedBeforeMs, after, limit }) => {
      const looked = step.all(after ?? '', limit) as Hash[];
      const last = looked.at(-1);
      if (last === undefined) return { files: [], next: null };
      const gone = release.all(leaseEndedBeforeMs, after ?? '', last);
      return { files: gone.filter((row) => row.isFile === 1).map((row) => row.hash), next: looked.length < limit ? null : last };
    },
  };
}
