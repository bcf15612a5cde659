import type { ChunkRow } from './chunk-store.ts';

/** Makes renamed files durable and known: their folders are flushed, then the index names them. */
export interface SealRounds {
  /** A file is being written and will be sealed: a round waits for company. Call what is answered when it is written or has failed. */
  announce(): () => void;
  /** Resolves when the file survives a power cut and has its row. */
  seal(file: { readonly folder: string; readonly row: ChunkRow }): Promise<void>;
}

/** Files that make a round worth starting while more are being written. */
const filesPerRound = 8;

interface Waiting {
  readonly folder: string;
  readonly row: ChunkRow;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * One round at a time; what arrives meanwhile shares the next one. So a folder is flushed once for all its new files, and the
 * index commits once a round, however many chunks are under way: its flush holds up whoever else wants the database.
 */
export function createSealRounds(deps: {
  readonly flushFolder: (folder: string) => Promise<void>;
  readonly addRows: (rows: readonly ChunkRow[]) => Promise<void>;
}): SealRounds {
  let waiting: Waiting[] = [];
  let announced = 0;
  let isRunning = false;
  const isDue = (): boolean => waiting.length >= filesPerRound || (waiting.length > 0 && announced === 0);
  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    while (isDue()) {
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
    announce: () => {
      announced++;
      return () => {
        announced--;
        void run();
      };
    },
    seal: ({ folder, row }) =>
      new Promise((resolve, reject) => {
        waiting.push({ folder, row, resolve, reject });
        void run();
      }),
  };
}
