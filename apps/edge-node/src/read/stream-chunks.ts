import { JzseError } from '@jzse/api';
import type { ChunkHashAndSize, Hash } from '@jzse/sync';
import { type BringChunk, getOrBring } from './get-or-bring.ts';
import type { ContentRequest } from './open-manifest.ts';
import type { ReadDeps } from './read-deps.ts';

/** Bytes from `start` up to, not including, `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}
export interface StreamRequest extends ContentRequest {
  /** All chunks of the content, in order. */
  readonly chunks: readonly ChunkHashAndSize[];
  readonly range: ByteRange;
}

/** Read ahead of the reader; bounds the memory of one download. */
const readAheadBytesMax = 4 * 1024 * 1024;
const readAheadChunksMax = 8;
/** Chunks that are brought with one request. The first requests are smaller, so that the first byte is not long in coming. */
const broughtChunksMax = 16;

/**
 * The bytes of a range, chunk by chunk, each verified before it is handed on. Only chunks that the range touches are read.
 * While one is being sent the next ones are read, or brought here if they are missing.
 * Throws `content-unavailable`; ends early without an error when `signal` is aborted.
 */
export async function* streamChunks(
  deps: Pick<ReadDeps, 'chunks' | 'missing'>,
  request: StreamRequest,
): AsyncGenerator<Uint8Array, void, undefined> {
  const parts = partsOf(request.chunks, request.range);
  const bringer = createBringer(deps, request, parts);
  const ahead: { readonly part: Part; readonly bytes: Promise<Uint8Array> }[] = [];
  let aheadBytes = 0;
  let next = 0;
  const readAhead = (): void => {
    for (let part = parts[next]; part !== undefined; part = parts[++next]) {
      if (ahead.length > 0 && (ahead.length >= readAheadChunksMax || aheadBytes + part.size > readAheadBytesMax)) return;
      const bytes = getOrBring(deps, { ...request, hash: part.hash, bring: bringer(next) });
      // Looked at when its turn comes; until then a failure is not an unhandled one.
      bytes.catch(() => {});
      ahead.push({ part, bytes });
      aheadBytes += part.size;
    }
  };
  for (readAhead(); ahead.length > 0; readAhead()) {
    const { part, bytes } = ahead.shift() as (typeof ahead)[number];
    const whole = await bytes;
    if (request.signal.aborted) return;
    if (whole.length !== part.size) throw wrongSize(request, part);
    aheadBytes -= part.size;
    yield part.to - part.from === whole.length ? whole : whole.subarray(part.from, part.to);
  }
}

const wrongSize = ({ content }: StreamRequest, part: Part): JzseError =>
  new JzseError('content-unavailable', 'the list of this version names a chunk of another size; restore another version', {
    detail: { content: content.hash, chunk: part.hash },
  });

/** The piece of one chunk that a range touches. */
interface Part extends ChunkHashAndSize {
  readonly from: number;
  readonly to: number;
}

function partsOf(chunks: readonly ChunkHashAndSize[], { start, end }: ByteRange): Part[] {
  const parts: Part[] = [];
  let offset = 0;
  for (const { hash, size } of chunks) {
    if (offset >= end) break;
    if (offset + size > start) parts.push({ hash, size, from: Math.max(0, start - offset), to: Math.min(size, end - offset) });
    offset += size;
  }
  return parts;
}

/** Missing chunks are asked for many at a time: the first that is missed brings those after it along. */
function createBringer(
  { missing }: Pick<ReadDeps, 'missing'>,
  { space, content, signal }: ContentRequest,
  parts: readonly Part[],
): (index: number) => BringChunk {
  let windowChunks = 1;
  const asked: { readonly from: number; readonly to: number; readonly done: Promise<void> }[] = [];
  const ask = (from: number): Promise<void> => {
    const to = Math.min(parts.length, from + windowChunks);
    windowChunks = Math.min(windowChunks * 2, broughtChunksMax);
    const hashes: Hash[] = [...new Set(parts.slice(from, to).map((part) => part.hash))];
    const done = missing.bring({ space, content, hashes, signal });
    asked.push({ from, to, done });
    if (asked.length > readAheadChunksMax) asked.shift();
    return done;
  };
  return (index) => () => asked.find(({ from, to }) => from <= index && index < to)?.done ?? ask(index);
}
