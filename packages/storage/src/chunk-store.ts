import type { Hash } from '@jzse/sync';

/** A chunk as the store got it: at most `chunkBytesMax` bytes, named by its SHA-256. */
export interface Chunk {
  readonly hash: Hash;
  readonly bytes: Uint8Array;
}

/**
 * Content-addressed chunks of a region. Contract (tested by `testing/chunk-store.contract.ts`):
 * - `put` resolves when the chunk survives a power cut; putting what is there is a cheap no-op that
 *   also renews its lease, so that garbage collection leaves it until a commit can name it.
 * - `get` answers memory of the caller's own, to be let go when it is done with. It never resolves with bytes that do not hash to the name: a damaged chunk is quarantined
 *   and reported as absent (`null`), and `onDamaged` is told.
 * - Concurrent puts of one chunk are one write. Calls may run in parallel.
 * - Throws `StorageFull` (nothing half-written stays) and otherwise whatever the disk said.
 */
export interface ChunkStore {
  put(chunk: Chunk): Promise<void>;
  /** Many at once, one flush for the small ones. All or the failing ones are thrown. */
  putMany(chunks: readonly Chunk[]): Promise<void>;
  get(hash: Hash): Promise<Uint8Array | null>;
  /** Which of these are not here; those that are here get their lease renewed. */
  missing(hashes: readonly Hash[]): Promise<Hash[]>;
  /** Removes the bytes of chunks that the index released (`RegionStore.releaseChunks`); only garbage collection calls it. What was put again meanwhile stays; absent ones are fine. */
  remove(hashes: readonly Hash[]): Promise<void>;
}

/** Where a chunk is: in the index row itself (small ones) or in a file named by hash. */
export interface ChunkRow {
  readonly hash: Hash;
  readonly size: number;
  readonly encoding: 'plain' | 'zstd';
  readonly inline: Uint8Array | null;
}

/** What a disk store needs of the region's metadata store (packages/db implements it). Adds go through group commit: one flush for all that arrive together. */
export interface ChunkIndex {
  add(rows: readonly ChunkRow[]): Promise<void>;
  lookup(hash: Hash): ChunkRow | null;
  /** Marks present chunks as wanted now (lease) and returns the absent ones. */
  renew(hashes: readonly Hash[]): Promise<Hash[]>;
  remove(hashes: readonly Hash[]): Promise<void>;
}

/** The disk has no room; the write left nothing behind. */
export class StorageFull extends Error {
  /** The system error that it stands for: what maps those maps this. */
  readonly code = 'ENOSPC';
  constructor(cause?: unknown) {
    super('no room left in the chunk store', { cause });
    this.name = 'StorageFull';
  }
}
