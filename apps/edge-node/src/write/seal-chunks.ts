import type { ChunkStore } from '@jzse/storage';
import type { ChunkHashAndSize, Hash } from '@jzse/sync';
import { chunkSizes } from '@jzse/sync';
import type { CutChunk } from './cut-and-hash.ts';
import type { Cutting, SealThread } from './seal-thread.ts';
import { slabBytes } from './seal-thread.ts';

/** Slabs of one content: one is filled while another is cut and others are flushed. Bounds its memory. */
const slabsPerContentMax = 4;

export interface SealerDeps {
  readonly chunks: ChunkStore;
  readonly sealThread: SealThread;
}
export interface SealerOptions {
  readonly cutting: Cutting;
  /** Bytes after the last sealed chunk of an earlier part, which come first. */
  readonly tail: Uint8Array;
  /** Of this part, with the tail; null if unknown. A smaller buffer does then. */
  readonly bytesExpected: number | null;
}

/** Takes the bytes of a content as they arrive, in one pass: cut, hashed, and put into the chunk store while the next ones come in. */
export interface Sealer {
  /** Takes the bytes over; null means that they are copied, a promise that they are when it resolves, and no call before. Throws, or rejects with, what the chunk store said. */
  take(bytes: Uint8Array): Promise<void> | null;
  /** Chunks that are flushed and were not answered before, in order, without gaps. */
  flushed(): ChunkHashAndSize[];
  /** More will follow another time. What `flushed` has not answered yet, and the bytes that no chunk has. Nothing may be taken afterwards. */
  pause(): Promise<{ readonly chunks: ChunkHashAndSize[]; readonly tail: Uint8Array }>;
  /** Nothing follows. What `flushed` has not answered yet, and the SHA-256 of what the cutting saw. Nothing may be taken afterwards. */
  finish(): Promise<{ readonly chunks: ChunkHashAndSize[]; readonly hash: Hash }>;
  /** Lets go of the memory, after flushes under way are over. Idempotent; `pause` and `finish` include it. */
  close(): Promise<void>;
}

export function openSealer(deps: SealerDeps, options: SealerOptions): Sealer {
  const state = openState(deps, options);
  const settle = async (atEnd: boolean): Promise<Buffer> => {
    await state.cut;
    throwFailure(state);
    const { slab } = state;
    const rest = await cutAndFlush(state, { slab, atEnd });
    const tail = Buffer.from(slab.bytes.subarray(rest, slab.end));
    await Promise.all(state.flushes.map((flush) => flush.done));
    throwFailure(state);
    return tail;
  };
  return {
    take: (bytes) => take(state, bytes),
    flushed: () => takeFlushed(state),
    pause: async () => {
      const tail = await settle(false).finally(() => close(state));
      return { chunks: takeFlushed(state), tail };
    },
    finish: async () => {
      await settle(true).finally(() => close(state));
      return { chunks: takeFlushed(state), hash: await state.cutting.digest() };
    },
    close: () => close(state),
  };
}

/** Memory with bytes of the content in `[start, end)`. In front of `start` there is room for what the slab before leaves undecided. */
interface Slab {
  readonly bytes: Buffer;
  readonly isShared: boolean;
  start: number;
  end: number;
}
interface Flush {
  readonly chunks: readonly ChunkHashAndSize[];
  readonly done: Promise<void>;
  isDone: boolean;
}
interface State {
  readonly deps: SealerDeps;
  readonly cutting: Cutting;
  slab: Slab;
  /** Slabs in use: the one that is filled, and those being cut or flushed. */
  slabsOut: number;
  /** The cut of the slab before; afterwards its undecided bytes are in front of `slab.start`. */
  cut: Promise<void>;
  /** In the order of the content. */
  flushes: Flush[];
  /** Told when a slab comes back. */
  waiting: (() => void) | null;
  failure: { readonly cause: unknown } | null;
  closing: Promise<void> | null;
}

function openState(deps: SealerDeps, { cutting, tail, bytesExpected }: SealerOptions): State {
  const isSmall = bytesExpected !== null && bytesExpected < slabBytes / 4;
  const first: Slab = isSmall
    ? { bytes: Buffer.allocUnsafe(Math.max(bytesExpected, tail.length)), isShared: false, start: 0, end: 0 }
    : { bytes: deps.sealThread.takeSlab(), isShared: true, start: chunkSizes.max, end: chunkSizes.max };
  const state: State = {
    deps,
    cutting,
    slab: first,
    slabsOut: 1,
    cut: Promise.resolve(),
    flushes: [],
    waiting: null,
    failure: null,
    closing: null,
  };
  first.bytes.set(tail, first.end);
  first.end += tail.length;
  return state;
}

function take(state: State, bytes: Uint8Array): Promise<void> | null {
  throwFailure(state);
  const { slab } = state;
  const room = slab.bytes.length - slab.end;
  if (bytes.length <= room) {
    slab.bytes.set(bytes, slab.end);
    slab.end += bytes.length;
    return null;
  }
  slab.bytes.set(bytes.subarray(0, room), slab.end);
  slab.end += room;
  return turn(state, bytes.subarray(room));
}

/** The slab is full: it goes to be cut, and the next one is filled. `bytes` is what had no room. */
async function turn(state: State, bytes: Uint8Array): Promise<void> {
  const full = state.slab;
  await state.cut;
  await untilSlabIsFree(state);
  throwFailure(state);
  const next: Slab = { bytes: state.deps.sealThread.takeSlab(), isShared: true, start: chunkSizes.max, end: chunkSizes.max };
  state.slabsOut++;
  state.slab = next;
  state.cut = cutAndFlush(state, { slab: full, atEnd: false, next }).then(
    () => undefined,
    (cause: unknown) => {
      fail(state, cause);
      giveBack(state, full);
    },
  );
  const rest = take(state, bytes);
  if (rest !== null) await rest;
}

/** Answers where in the slab the first undecided byte is; `next` gets the undecided bytes before this slab is let go. */
async function cutAndFlush(state: State, work: { readonly slab: Slab; readonly atEnd: boolean; readonly next?: Slab }): Promise<number> {
  const { slab, next } = work;
  const bytes = slab.bytes.subarray(slab.start, slab.end);
  const chunks = bytes.length === 0 ? [] : await state.cutting.cut(bytes, work.atEnd);
  const rest = slab.start + (chunks.at(-1)?.end ?? 0);
  if (next !== undefined) {
    next.start = chunkSizes.max - (slab.end - rest);
    slab.bytes.copy(next.bytes, next.start, rest, slab.end);
  }
  const flush = startFlush(state, { bytes, chunks });
  if (next !== undefined) void flush.then(() => giveBack(state, slab));
  return rest;
}

function startFlush(state: State, cut: { readonly bytes: Buffer; readonly chunks: readonly CutChunk[] }): Promise<void> {
  if (cut.chunks.length === 0) return Promise.resolve();
  const put = state.deps.chunks.putMany(cut.chunks.map(({ hash, start, end }) => ({ hash, bytes: cut.bytes.subarray(start, end) })));
  const flush: Flush = {
    chunks: cut.chunks.map(({ hash, start, end }) => ({ hash, size: end - start })),
    isDone: false,
    done: put.then(
      () => {
        flush.isDone = true;
      },
      (cause: unknown) => void fail(state, cause),
    ),
  };
  state.flushes.push(flush);
  return flush.done;
}

async function untilSlabIsFree(state: State): Promise<void> {
  while (state.slabsOut >= slabsPerContentMax) {
    await new Promise<void>((resolve) => {
      state.waiting = resolve;
    });
  }
}

function takeFlushed(state: State): ChunkHashAndSize[] {
  const pending = state.flushes.findIndex((flush) => !flush.isDone);
  return state.flushes.splice(0, pending === -1 ? state.flushes.length : pending).flatMap((flush) => flush.chunks);
}

function giveBack(state: State, slab: Slab): void {
  state.slabsOut--;
  state.waiting?.();
  if (slab.isShared) state.deps.sealThread.giveBackSlab(slab.bytes);
}

function close(state: State): Promise<void> {
  state.closing ??= (async () => {
    await state.cut;
    await Promise.all(state.flushes.map((flush) => flush.done));
    giveBack(state, state.slab);
  })();
  return state.closing;
}

function fail(state: State, cause: unknown): void {
  state.failure ??= { cause };
}

function throwFailure(state: State): void {
  if (state.failure !== null) throw state.failure.cause;
}
