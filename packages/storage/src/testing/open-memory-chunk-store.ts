import type { Hash } from '@jzse/sync';
import type { ChunkStore } from '../chunk-store.ts';

export interface MemoryChunkStore extends ChunkStore {
  /** What garbage collection does in the index before it calls `remove`. */
  release(hashes: readonly Hash[]): void;
  /** Flips a bit of the stored bytes. */
  damage(hash: Hash): void;
}

/** A chunk store for tests, held to the same contract; it finds damage by comparing with what was put. */
export function openMemoryChunkStore(options: { readonly onDamaged?: (hash: Hash) => void } = {}): MemoryChunkStore {
  const chunks = new Map<Hash, Uint8Array>();
  const damaged = new Set<Hash>();
  const put: ChunkStore['put'] = async ({ hash, bytes }) => {
    if (!chunks.has(hash)) chunks.set(hash, Uint8Array.from(bytes));
  };
  return {
    put,
    putMany: async (list) => {
      for (const chunk of list) await put(chunk);
    },
    get: async (hash) => {
      if (damaged.delete(hash)) {
        chunks.delete(hash);
        options.onDamaged?.(hash);
      }
      const bytes = chunks.get(hash);
      return bytes === undefined ? null : Uint8Array.from(bytes);
    },
    missing: async (hashes) => hashes.filter((hash) => !chunks.has(hash)),
    remove: async () => {},
    release: (hashes) => {
      for (const hash of hashes) chunks.delete(hash);
    },
    damage: (hash) => {
      if (chunks.has(hash)) damaged.add(hash);
    },
  };
}
