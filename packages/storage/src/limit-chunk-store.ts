import { chunkSizes } from '@jzse/sync';
import { createBudget } from './budget.ts';
import type { ChunkStore } from './chunk-store.ts';

/**
 * The same store with the bytes under way bounded, over all callers together; calls beyond wait in
 * order. A read counts as an average chunk, as its size is not known before.
 */
export function limitChunkStore(store: ChunkStore, limits: { readonly inFlightBytesMax: number }): ChunkStore {
  const budget = createBudget(limits.inFlightBytesMax);
  const within = async <T>(bytes: number, work: () => Promise<T>): Promise<T> => {
    const giveBack = await budget.take(bytes);
    try {
      return await work();
    } finally {
      giveBack();
    }
  };
  return {
    ...store,
    put: (chunk) => within(chunk.bytes.length, () => store.put(chunk)),
    putMany: (chunks) =>
      within(
        chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0),
        () => store.putMany(chunks),
      ),
    get: (hash) => within(chunkSizes.average, () => store.get(hash)),
  };
}
