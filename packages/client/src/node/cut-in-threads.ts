import { MessageChannel, Worker } from 'node:worker_threads';
import { JzseError } from '@jzse/api';
import type { HashedBlock, ToCutThread } from './cut-messages.ts';
import { type ChunkInHand, type CutFile, FileChanged } from './file-to-put.ts';

export interface LargeFileCutter {
  /**
   * Reads the file once. `onChunks` gets every chunk in order; its bytes may be used until `release` is called, which it must be:
   * reading waits when too many bytes are out. Rejects with `FileChanged`, or with what reading failed of.
   */
  cut(source: string, onChunks: (chunks: readonly ChunkInHand[], release: () => void) => void): Promise<CutFile>;
  /** Ends the threads; what is being cut rejects. */
  close(): void;
}

interface Waiting {
  readonly source: string;
  readonly onChunks: (chunks: readonly ChunkInHand[], release: () => void) => void;
  readonly resolve: (file: CutFile) => void;
  readonly reject: (error: Error) => void;
}

/** Starts its threads with the first file; memory is `blocksMax` blocks however many files wait. */
export function createLargeFileCutter(): LargeFileCutter {
  const waiting = new Map<number, Waiting>();
  let threads: Threads | null = null;
  let nextId = 0;

  const onBlock = (block: HashedBlock) => {
    const file = waiting.get(block.id);
    const { buffer, end } = block;
    if (buffer !== null) {
      const release = () => threads?.send({ type: 'block-back', buffer }, [buffer]);
      if (file === undefined || block.chunks.length === 0) release();
      else
        file.onChunks(
          block.chunks.map(({ hash, offset, size }) => ({ hash, bytes: new Uint8Array(buffer, offset, size) })),
          release,
        );
    }
    if (end === null || file === undefined) return;
    waiting.delete(block.id);
    if (!('error' in end)) file.resolve(end);
    else file.reject(end.error.changed ? new FileChanged(file.source) : new JzseError('invalid-input', end.error.message));
  };
  const onDead = (error: Error) => {
    threads?.end();
    threads = null;
    for (const file of waiting.values()) file.reject(error);
    waiting.clear();
  };
  return {
    cut: (source, onChunks) =>
      new Promise((resolve, reject) => {
        threads ??= startThreads(onBlock, onDead);
        const id = nextId++;
        waiting.set(id, { source, onChunks, resolve, reject });
        threads.send({ type: 'cut', id, source });
      }),
    close: () => onDead(new JzseError('internal', 'cutting was stopped')),
  };
}

interface Threads {
  send(message: ToCutThread, transfer?: ArrayBuffer[]): void;
  end(): void;
}

function startThreads(onBlock: (block: HashedBlock) => void, onDead: (error: Error) => void): Threads {
  const { port1, port2 } = new MessageChannel();
  const cut = new Worker(new URL('./cut-thread.ts', import.meta.url), { workerData: { hashThread: port1 }, transferList: [port1] });
  const hash = new Worker(new URL('./hash-thread.ts', import.meta.url), { workerData: { cutThread: port2 }, transferList: [port2] });
  hash.on('message', onBlock);
  for (const thread of [cut, hash]) thread.on('error', onDead);
  return {
    send: (message, transfer = []) => cut.postMessage(message, transfer),
    end: () => {
      void cut.terminate();
      void hash.terminate();
    },
  };
}
