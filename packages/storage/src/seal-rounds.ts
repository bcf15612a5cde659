import type { ChunkRow } from './chunk-store.ts';

/** Makes renamed files durable and known: their folders are flushed, then the index names them. */
export interface SealRounds {
  /** Resolves when the file survives a power cut and has its row. */
  seal(file: { readonly folder: string; readonly row: ChunkRow }): Promise<void>;
}

interface Waiting {
  readonly folder: string;
  readonly row: ChunkRow;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * One round at a time; what arrives meanwhile shares the next one. So a folder is flushed once for
 * all its new files, and the index commits once a round, however many chunks are under way.
 */
export function createSealRounds(deps: {
  readonly flushFolder: (folder: string) => Promise<void>;
  readonly addRows: (rows: readonly ChunkRow[]) => Promise<void>;
}): SealRounds {
  let waiting: Waiting[] = [];
  let isRunning = false;
  const run = async (): Promise<void> => {
    isRunning = true;
    while (waiting.length > 0) {
      const round = waiting;
      waiting = [];
      try {
        await Promise.all([...new Set(round.map((item) => item.folder))].map(deps.flushFolder));
        await deps.addRows(round.map((item) => item.row));
        for (const item of round) item.resolve();
      } catch (cause) {
        for (const item of round) item.reject(cause);
      }
    }
    isRunning = false;
  };
  return {
    seal: ({ folder, row }) =>
      new Promise((resolve, reject) => {
        waiting.push({ folder, row, resolve, reject });
        if (!isRunning) void run();
      }),
  };
}
