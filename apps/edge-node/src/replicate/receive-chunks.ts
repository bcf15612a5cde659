import { hash as digest } from 'node:crypto';
import type { TransferSource } from '@jzse/db/region';
import { type Chunk, type ChunkStore, letGo } from '@jzse/storage';
import type { Hash, SpaceId } from '@jzse/sync';
import type { RemoteChunkReader } from './read-remote-chunks.ts';

/** The chunk store refused what came; asking elsewhere would not help. */
export class NotStored extends Error {
  constructor(cause: unknown) {
    super(`chunks that arrived could not be stored: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = 'NotStored';
  }
}

export interface ReceiveDeps {
  readonly chunks: Pick<ChunkStore, 'putMany'>;
  readonly readRemote: RemoteChunkReader;
}
export interface ReceiveRequest {
  readonly source: TransferSource;
  readonly space: SpaceId;
  readonly hashes: readonly Hash[];
  /** Called once for each chunk that is verified and durable. */
  readonly onStored: (hash: Hash) => void;
  readonly signal: AbortSignal;
}

/** Stored together, with one flush for the small ones. */
const batchChunksMax = 256;
const batchBytesMax = 1024 * 1024;
/** Batches that are being stored while the next ones arrive; beyond it the network waits. */
const batchesInFlightMax = 3;

/**
 * One request to one region. Every chunk is verified before it is stored, and stored while others arrive.
 * What came is kept also when the region fails half-way. Chunks that the region has not are left out without an error.
 * Throws `NotStored` when this side failed; anything else is the region's fault, wrong bytes included.
 */
export async function receiveChunks(deps: ReceiveDeps, request: ReceiveRequest): Promise<void> {
  const { source, space, hashes, signal } = request;
  const expected = new Set(hashes);
  const puts = createPuts(deps.chunks, request.onStored);
  let wrong = 0;
  try {
    for await (const frames of deps.readRemote({ url: source.url, space, hashes, signal })) {
      for (const { hash, bytes } of frames) {
        if (!expected.delete(hash)) throw new Error(`${source.region} sent a chunk that nobody asked for`);
        if (bytes === null) continue;
        if (digest('sha256', bytes, 'hex') === hash) puts.add({ hash, bytes });
        else wrong++;
      }
      await puts.waitForRoom();
    }
  } finally {
    await puts.finish();
  }
  if (wrong > 0) throw new Error(`${source.region} sent ${wrong} chunks whose bytes do not match their hash`);
}

interface Puts {
  add(chunk: Chunk): void;
  waitForRoom(): Promise<void>;
  /** Throws `NotStored` if any put failed. */
  finish(): Promise<void>;
}

function createPuts(chunks: Pick<ChunkStore, 'putMany'>, onStored: (hash: Hash) => void): Puts {
  const running = new Set<Promise<void>>();
  let batch: Chunk[] = [];
  let batchBytes = 0;
  let failure: NotStored | null = null;

  const store = async (stored: readonly Chunk[]): Promise<void> => {
    try {
      await chunks.putMany(stored);
      for (const { hash, bytes } of stored) {
        letGo(bytes);
        onStored(hash);
      }
    } catch (cause) {
      failure ??= new NotStored(cause);
    }
  };
  const flush = (): void => {
    if (batch.length === 0) return;
    const put = store(batch).finally(() => running.delete(put));
    running.add(put);
    batch = [];
    batchBytes = 0;
  };
  return {
    add: (chunk) => {
      batch.push(chunk);
      batchBytes += chunk.bytes.length;
      if (batch.length >= batchChunksMax || batchBytes >= batchBytesMax) flush();
    },
    waitForRoom: async () => {
      while (running.size >= batchesInFlightMax) await Promise.race(running);
      if (failure !== null) throw failure;
    },
    finish: async () => {
      flush();
      await Promise.all(running);
      if (failure !== null) throw failure;
    },
  };
}
