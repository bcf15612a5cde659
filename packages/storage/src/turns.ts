import type { Hash } from '@jzse/sync';
import type { Chunk } from './chunk-store.ts';

/** Who may touch a chunk when. Writes of one chunk are one write; removal and quarantine have it to themselves. */
export interface Turns {
  /** Calls `work` with those of the chunks that nobody is writing yet; resolves when all of them are written. */
  write(chunks: readonly Chunk[], work: (fresh: readonly Chunk[]) => Promise<void>): Promise<void>;
  /** Runs when writes under way are over, and keeps later ones waiting. `work` looks at the index itself: it may have changed. */
  alone<T>(hash: Hash, work: () => Promise<T>): Promise<T>;
}

export function createTurns(): Turns {
  const writes = new Map<Hash, Promise<void>>();
  const lone = new Map<Hash, Promise<unknown>>();

  const untilNoneIsAlone = async (chunks: readonly Chunk[]): Promise<void> => {
    while (lone.size > 0) {
      const ahead = chunks.flatMap((chunk) => lone.get(chunk.hash) ?? []);
      if (ahead.length === 0) return;
      await Promise.allSettled(ahead);
    }
  };
  return {
    write: async (chunks, work) => {
      await untilNoneIsAlone(chunks);
      const awaited = new Set<Promise<void>>();
      const fresh = new Map<Hash, Chunk>();
      for (const chunk of chunks) {
        const current = writes.get(chunk.hash);
        if (current === undefined) fresh.set(chunk.hash, chunk);
        else awaited.add(current);
      }
      if (fresh.size > 0) {
        const written = work([...fresh.values()]).finally(() => {
          for (const hash of fresh.keys()) writes.delete(hash);
        });
        for (const hash of fresh.keys()) writes.set(hash, written);
        awaited.add(written);
      }
      const failed = (await Promise.allSettled(awaited)).find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    alone: (hash, work) => {
      const run = Promise.allSettled([lone.get(hash), writes.get(hash)]).then(work);
      lone.set(hash, run);
      const over = (): void => {
        if (lone.get(hash) === run) lone.delete(hash);
      };
      run.then(over, over);
      return run;
    },
  };
}
