import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { letGo } from '@jzse/storage';
import type { Hash } from '@jzse/sync';
import { chunkSizes } from '@jzse/sync';
import type { CutChunk } from './cut-and-hash.ts';
import { cutAndHash } from './cut-and-hash.ts';
import type { SealReply, SealRequest, SealWork } from './seal-messages.ts';

/** Cuts one content and hashes it, chunk by chunk and as a whole. Calls count in the order in which they are made. */
export interface Cutting {
  /** The chunks that `bytes` holds, which begin where the last chunk ended. Without `shared` memory, bytes are copied to the thread. */
  cut(bytes: Uint8Array, atEnd: boolean): Promise<readonly CutChunk[]>;
  /** Bytes of chunks that are cut already: they count for the hash of the whole. Takes them over: their memory is let go. */
  count(bytes: Uint8Array): Promise<void>;
  /** SHA-256 of all chunks so far; the content may go on. */
  digest(): Promise<Hash>;
  /** Lets go of the state. */
  close(): void;
}

export interface SealThread {
  /** `bytesExpected` of the whole content, null if nobody knows. */
  open(bytesExpected: number | null): Cutting;
  /** Memory that the thread sees too, `slabBytes` long. */
  takeSlab(): Buffer;
  giveBackSlab(slab: Buffer): void;
  close(): Promise<void>;
}

/** Room for one undecided chunk in front, and for what is received after it. */
export const slabBytes = chunkSizes.max + 4 * 1024 * 1024;
/** Slabs that wait for the next upload instead of being made anew. */
const idleSlabsMax = 6;
/** The thread makes little but lists of chunks; with V8's default it lets its garbage grow to 64 MiB. */
const maxYoungGenerationSizeMb = 6;
/** Up to this size handing the bytes to a thread costs more than it frees. */
const cutHereBytesMax = 512 * 1024;

/** One thread that cuts and hashes large contents; small ones are done at once, where they are. It starts with the first large one. */
export function startSealThread(): SealThread {
  const slabs: Buffer[] = [];
  const threads = lazyThreads();
  let contents = 0;
  return {
    open: (bytesExpected) =>
      bytesExpected !== null && bytesExpected <= cutHereBytesMax ? cutHere(bytesExpected) : cutThere(threads, ++contents),
    takeSlab: () => slabs.pop() ?? Buffer.from(new SharedArrayBuffer(slabBytes)),
    giveBackSlab: (slab) => {
      if (slabs.length < idleSlabsMax) slabs.push(slab);
    },
    close: threads.close,
  };
}

function cutHere(bytesExpected: number): Cutting {
  // One chunk: its hash is that of the whole.
  const isOneChunk = bytesExpected <= chunkSizes.min;
  const whole = createHash('sha256');
  let only: Hash | null = null;
  return {
    cut: async (bytes, atEnd) => {
      const chunks = cutAndHash(bytes, atEnd);
      if (isOneChunk) only = chunks[0]?.hash ?? only;
      else whole.update(bytes.subarray(0, chunks.at(-1)?.end ?? 0));
      return chunks;
    },
    count: async (bytes) => {
      whole.update(bytes);
      letGo(bytes);
    },
    digest: async () => only ?? (whole.copy().digest('hex') as Hash),
    close: () => undefined,
  };
}

function cutThere(threads: Threads, content: number): Cutting {
  // Bound to one life of the thread: another one would not have the state.
  let thread: Thread | null = null;
  const ask = (work: SealWork): Promise<SealReply['result']> => {
    thread ??= threads.running();
    return thread.ask(content, work);
  };
  return {
    cut: async (bytes, atEnd) => (await ask({ type: 'cut', bytes, atEnd })) as readonly CutChunk[],
    count: async (bytes) => void (await ask({ type: 'count', bytes })),
    digest: async () => (await ask({ type: 'digest' })) as Hash,
    close: () => {
      if (thread !== null) ask({ type: 'forget' }).catch(() => undefined);
    },
  };
}

interface Threads {
  /** Starts one if none runs. */
  running(): Thread;
  close(): Promise<void>;
}
interface Thread {
  /** Rejects when the thread has ended or ends meanwhile. */
  ask(content: number, work: SealWork): Promise<SealReply['result']>;
  readonly worker: Worker;
}
interface Asked {
  readonly resolve: (result: SealReply['result']) => void;
  readonly reject: (cause: Error) => void;
}

/** One thread at a time, started when it is first needed, and again after it failed. */
function lazyThreads(): Threads {
  let current: Thread | null = null;
  return {
    running: () => {
      if (current !== null) return current;
      const started = startThread(() => {
        if (current === started) current = null;
      });
      current = started;
      return started;
    },
    close: async () => void (await current?.worker.terminate()),
  };
}

function startThread(onGone: () => void): Thread {
  const asked = new Map<number, Asked>();
  let ids = 0;
  let ended: Error | null = null;
  const worker = new Worker(new URL('./seal-worker.ts', import.meta.url), { resourceLimits: { maxYoungGenerationSizeMb } });
  const end = (cause: Error): void => {
    ended ??= cause;
    for (const { reject } of asked.values()) reject(ended);
    asked.clear();
    onGone();
  };
  worker.unref();
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the sealing thread ended')));
  worker.on('message', ({ id, result, failure }: SealReply) => {
    const waiting = asked.get(id);
    asked.delete(id);
    if (failure === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(failure));
  });
  return {
    worker,
    ask: (content, work) =>
      new Promise((resolve, reject) => {
        if (ended !== null) return reject(ended);
        const id = ++ids;
        asked.set(id, { resolve, reject });
        worker.postMessage({ id, content, ...work } satisfies SealRequest, work.type === 'count' ? ownMemory(work.bytes) : []);
      }),
  };
}

/** Handed over instead of copied: possible if it holds these bytes and nothing else. */
function ownMemory({ buffer, byteLength }: Uint8Array): ArrayBuffer[] {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
