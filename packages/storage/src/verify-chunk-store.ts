import { hash as digest } from 'node:crypto';
import type { Hash } from '@jzse/sync';
import type { Chunk, ChunkStore } from './chunk-store.ts';

/** Bytes that do not hash to the name they were given; nothing of the call was stored. */
export class ChunkHashMismatch extends Error {
  readonly hash: Hash;
  constructor(hash: Hash) {
    super(`the bytes given for chunk ${hash} do not hash to it`);
    this.name = 'ChunkHashMismatch';
    this.hash = hash;
  }
}

/** The same store for callers that took name and bytes from outside: throws `ChunkHashMismatch` instead of storing a lie. */
export function verifyChunkStore(store: ChunkStore): ChunkStore {
  return {
    ...store,
    put: async (chunk) => {
      verify(chunk);
      await store.put(chunk);
    },
    putMany: async (chunks) => {
      for (const chunk of chunks) verify(chunk);
      await store.putMany(chunks);
    },
  };
}

function verify({ hash, bytes }: Chunk): void {
  if (digest('sha256', bytes) !== hash) throw new ChunkHashMismatch(hash);
}
