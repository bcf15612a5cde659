import { encodeFrameHeader } from '@jzse/api';
import { hashesMax } from '@jzse/api/edge';
import type { Hash } from '@jzse/sync';
import type { EdgeClient } from '../edge-client.ts';
import type { ChunkInHand } from './file-to-put.ts';
import { withRetries } from './with-retries.ts';

/** Bytes of one request, as near as chunks allow; requests at a time. */
const requestBytesMax = 4 * 1024 * 1024;
const requestsMax = 4;
/** Hashes remembered as held by the edge; forgetting them costs a question. */
const knownHashesMax = 200_000;

export interface ChunkSender {
  /**
   * Resolves when the edge holds all of them; it is sent only what it lacks, and nothing twice.
   * `release` is called as soon as their bytes are needed no more.
   */
  send(chunks: readonly ChunkInHand[], release: () => void): Promise<void>;
  /** The edge said that it lacks them after all. */
  forget(hashes: readonly Hash[]): void;
}

/** Chunks that were handed over together. */
interface Parcel {
  notHeld: number;
  inHand: number;
  readonly release: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}
interface ChunkOnItsWay extends ChunkInHand {
  readonly parcel: Parcel;
  readonly waiting: Parcel[];
}

/** While one question or the requests are out, what comes in gathers: the more there is, the fewer round trips each takes. */
export function createChunkSender(client: EdgeClient, signal: AbortSignal, onSent: (bytes: number) => void): ChunkSender {
  const held = new Set<Hash>();
  const onTheirWay = new Map<Hash, ChunkOnItsWay>();
  let toAsk: ChunkOnItsWay[] = [];
  const toSend = createRequestQueue();
  let asking = false;
  let requests = 0;

  const settle = (chunk: ChunkOnItsWay) => {
    onTheirWay.delete(chunk.hash);
    if (held.size >= knownHashesMax) held.clear();
    held.add(chunk.hash);
    for (const parcel of chunk.waiting) if (--parcel.notHeld === 0) parcel.resolve();
  };
  const fail = (chunks: readonly ChunkOnItsWay[], error: unknown) => {
    for (const chunk of chunks) {
      onTheirWay.delete(chunk.hash);
      for (const parcel of chunk.waiting) parcel.reject(error);
    }
  };
  const ask = async () => {
    asking = true;
    while (toAsk.length > 0) {
      const chunks = toAsk.slice(0, hashesMax);
      toAsk = toAsk.slice(hashesMax);
      try {
        const hashes = chunks.map(({ hash }) => hash);
        const lacking = new Set(await withRetries(signal, () => client.trpc.missingChunks.mutate({ hashes }, { signal })));
        for (const chunk of chunks) {
          if (lacking.has(chunk.hash)) toSend.add(chunk);
          else {
            leaveHand(chunk);
            settle(chunk);
          }
        }
        startRequests();
      } catch (error) {
        for (const chunk of chunks) leaveHand(chunk);
        fail(chunks, error);
      }
    }
    asking = false;
  };
  const startRequests = () => {
    while (requests < requestsMax && toSend.bytes() > 0 && (requests < 2 || toSend.bytes() >= requestBytesMax)) void request(toSend.take());
  };
  const request = async ({ chunks, body }: Request) => {
    requests++;
    try {
      await withRetries(signal, () => writeChunks(client, body, signal));
      onSent(body.length);
      chunks.forEach(settle);
    } catch (error) {
      fail(chunks, error);
    }
    requests--;
    startRequests();
  };
  return {
    send: (chunks, release) =>
      new Promise((resolve, reject) => {
        const parcel: Parcel = { notHeld: 0, inHand: 0, release, resolve, reject };
        for (const { hash, bytes } of chunks) {
          if (held.has(hash)) continue;
          parcel.notHeld++;
          const other = onTheirWay.get(hash);
          if (other !== undefined) {
            other.waiting.push(parcel);
            continue;
          }
          parcel.inHand++;
          const chunk = { hash, bytes, parcel, waiting: [parcel] };
          onTheirWay.set(hash, chunk);
          toAsk.push(chunk);
        }
        if (parcel.inHand === 0) release();
        if (parcel.notHeld === 0) resolve();
        else if (!asking) void ask();
      }),
    forget: (hashes) => {
      for (const hash of hashes) held.delete(hash);
    },
  };
}

function leaveHand({ parcel }: ChunkOnItsWay): void {
  if (--parcel.inHand === 0) parcel.release();
}

interface Request {
  readonly chunks: readonly ChunkOnItsWay[];
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Chunks in order, taken as request bodies; a chunk's own bytes are free once its body is made. */
function createRequestQueue() {
  const queue: ChunkOnItsWay[] = [];
  let queuedBytes = 0;
  return {
    bytes: () => queuedBytes,
    add: (chunk: ChunkOnItsWay) => {
      queue.push(chunk);
      queuedBytes += chunk.bytes.length;
    },
    take: (): Request => {
      let count = 0;
      let bytes = 0;
      for (; count < queue.length && (count === 0 || bytes < requestBytesMax); count++) bytes += queue[count]?.bytes.length ?? 0;
      const chunks = queue.splice(0, count);
      queuedBytes -= bytes;
      const body = Buffer.concat(chunks.flatMap(({ hash, bytes: { length }, bytes }) => [encodeFrameHeader(hash, length), bytes]));
      for (const chunk of chunks) leaveHand(chunk);
      return { chunks, body };
    },
  };
}

async function writeChunks(client: EdgeClient, body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/octet-stream' };
  const response = await client.connection.request('/chunks/write', { method: 'POST', headers, body, signal });
  await response.body?.cancel();
}
