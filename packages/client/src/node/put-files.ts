import { open } from 'node:fs/promises';
import { type ErrorCode, JzseError } from '@jzse/api';
import type { EntryInfo } from '@jzse/api/edge';
import { pause } from '../back-off.ts';
import type { EdgeClient } from '../edge-client.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Committer, createCommitter } from './commit-batches.ts';
import { type CutInMemory, cutInMemory, inMemoryBytesMax } from './cut-in-memory.ts';
import { createLargeFileCutter, type LargeFileCutter } from './cut-in-threads.ts';
import { type CutFile, FileChanged, type FileToPut } from './file-to-put.ts';
import { type ChunkSender, createChunkSender } from './send-chunks.ts';

/** Files in work at a time. */
const filesInWorkMax = 1_024;
/** Files open at a time: the more are read together, the fewer questions and commits they take. */
const filesOpenMax = 256;
/** Bytes of small files in memory at a time. */
const memoryBytesMax = 32 * 1024 * 1024;
/** Times that a file is read anew because someone wrote to it, or because the edge dropped its chunks. */
const attemptsMax = 3;
const settleMs = 200;

export interface PutProgress {
  readonly files: number;
  /** Bytes of the files that are in the region now. */
  readonly bytes: number;
  /** Bytes that the region holds, of files that are not committed yet too: what a progress bar shows. */
  readonly heldBytes: number;
  /** Bytes that went over the network. */
  readonly sentBytes: number;
}
export interface PutFailure {
  readonly file: FileToPut;
  readonly error: Error;
}
export interface PutFilesOptions {
  readonly space: string;
  readonly files: Iterable<FileToPut> | AsyncIterable<FileToPut>;
  readonly onProgress?: (progress: PutProgress) => void;
  /** Each file as the region shows it, as soon as it is committed. */
  readonly onCommitted?: (entry: EntryInfo) => void;
  readonly onFailed?: (failure: PutFailure) => void;
  readonly signal?: AbortSignal;
}

/**
 * Puts local files into a space: each is cut by content, the edge is asked which chunks it lacks, those are sent, and files are
 * committed in batches, all at the same time. A file that cannot be read or is refused fails alone (`onFailed`, and counted);
 * the rest goes on. Rejects, and stops, when no file can succeed: `unauthenticated`, `unknown-space`, `unreachable`, an abort.
 */
export async function putFiles(client: EdgeClient, options: PutFilesOptions): Promise<PutProgress & { readonly failed: number }> {
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  const progress = { files: 0, bytes: 0, heldBytes: 0, sentBytes: 0 };
  let failed = 0;
  const report = () => options.onProgress?.({ ...progress });
  const large = createLargeFileCutter();
  const sender = createChunkSender(client, signal, (bytes) => {
    progress.sentBytes += bytes;
    report();
  });
  const way: Way = {
    sender,
    large,
    committer: createCommitter(client, options.space, signal),
    memory: createBudget(memoryBytesMax),
    reading: createBudget(filesOpenMax),
    onHeld: (bytes) => {
      progress.heldBytes += bytes;
      report();
    },
    signal,
  };
  const putOne = async (file: FileToPut) => {
    try {
      const entry = await putFile(way, file);
      progress.files++;
      progress.bytes += entry.size;
      options.onCommitted?.(entry);
      report();
    } catch (error) {
      const known = error instanceof Error ? error : new Error(String(error));
      if (signal.aborted || isOfAll(known)) return stop.abort(known);
      failed++;
      options.onFailed?.({ file, error: known });
    }
  };
  const closeOnAbort = () => large.close();
  signal.addEventListener('abort', closeOnAbort);
  try {
    await eachInWork(options.files, putOne, signal);
    signal.throwIfAborted();
    return { ...progress, failed };
  } finally {
    signal.removeEventListener('abort', closeOnAbort);
    large.close();
  }
}

/** Sends what the region lacks of one local file, and makes no version of it: for what is committed otherwise. Throws `FileChanged`. */
export async function sendContent(client: EdgeClient, source: string, signal: AbortSignal): Promise<CutFile> {
  const large = createLargeFileCutter();
  const way = { sender: createChunkSender(client, signal, () => {}), large, onHeld: () => {}, signal };
  try {
    const { content, chunks, modifiedMs } = await cutAndSend(
      { ...way, memory: createBudget(memoryBytesMax), reading: createBudget(filesOpenMax) },
      { source },
    );
    return { content, chunks, modifiedMs };
  } finally {
    large.close();
  }
}

interface Way extends CutWay {
  readonly committer: Committer;
}

interface CutWay {
  readonly sender: ChunkSender;
  readonly large: LargeFileCutter;
  readonly memory: Budget;
  readonly reading: Budget;
  readonly onHeld: (bytes: number) => void;
  readonly signal: AbortSignal;
}

async function eachInWork(
  files: Iterable<FileToPut> | AsyncIterable<FileToPut>,
  work: (file: FileToPut) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const places = createBudget(filesInWorkMax);
  try {
    for await (const file of files) {
      await places.take(1);
      if (signal.aborted) break;
      void work(file).finally(() => places.give(1));
    }
  } finally {
    // Everything is done when all places can be had at once.
    await places.take(filesInWorkMax);
  }
}

async function putFile(way: Way, file: FileToPut): Promise<EntryInfo> {
  for (let attempt = 1; ; attempt++) {
    let cut: CutFile | null = null;
    try {
      cut = await cutAndSend(way, file);
      return await way.committer.commit({
        path: file.path,
        content: cut.content,
        chunks: cut.chunks,
        modifiedMs: file.modifiedMs ?? cut.modifiedMs,
        mediaType: file.mediaType ?? null,
        ifMatch: file.ifMatch ?? null,
        ifAbsent: file.ifAbsent ?? false,
        base: null,
      });
    } catch (error) {
      if (attempt >= attemptsMax || way.signal.aborted) throw lastError(error);
      if (error instanceof JzseError && error.code === 'chunks-missing') way.sender.forget((cut?.chunks ?? []).map(({ hash }) => hash));
      else if (!(error instanceof FileChanged)) throw error;
      await pause(settleMs * attempt, way.signal);
    }
  }
}

async function cutAndSend(way: CutWay, file: Pick<FileToPut, 'source'>): Promise<CutFile> {
  way.signal.throwIfAborted();
  const small = await cutSmall(way, file.source);
  if (small === null) return cutAndSendLarge(way, file.source);
  try {
    await way.sender.send(small.bytes, () => {});
    way.onHeld(small.content.size);
    return small;
  } finally {
    way.memory.give(small.content.size);
  }
}

/** Null: too large to read whole. The memory of what is returned is taken from the budget, for the caller to give back. */
async function cutSmall({ reading, memory }: CutWay, source: string): Promise<CutInMemory | null> {
  await reading.take(1);
  const file = await open(source, 'r').catch((error: unknown) => {
    reading.give(1);
    throw error;
  });
  try {
    const facts = await file.stat();
    if (!facts.isFile()) throw new JzseError('invalid-input', `${source} is not a file`);
    if (facts.size > inMemoryBytesMax) return null;
    await memory.take(facts.size);
    return await cutInMemory(file, facts, source).catch((error: unknown) => {
      memory.give(facts.size);
      throw error;
    });
  } finally {
    await file.close();
    reading.give(1);
  }
}

async function cutAndSendLarge({ sender, large, onHeld }: CutWay, source: string): Promise<CutFile> {
  const sent: Promise<void>[] = [];
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const cutting = large.cut(source, (chunks, release) => {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
    const sending = sender.send(chunks, release).then(() => onHeld(bytes));
    sending.catch(failure.reject);
    sent.push(sending);
  });
  const cut = await Promise.race([cutting, failure.promise]);
  await Promise.all(sent);
  return cut;
}

function lastError(error: unknown): unknown {
  if (!(error instanceof FileChanged)) return error;
  const message = `${error.message}, ${attemptsMax} times. Put it again when nothing writes to it`;
  return new JzseError('checksum-mismatch', message, { cause: error });
}

const ofAll: ReadonlySet<ErrorCode> = new Set([
  'unauthenticated',
  'forbidden',
  'unknown-space',
  'unreachable',
  'not-ready',
  'internal',
  'storage-full',
]);

/** What the next file would fail of as well. */
const isOfAll = (error: Error): boolean => error instanceof JzseError && ofAll.has(error.code);
