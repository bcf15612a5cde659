import { hash as digest } from 'node:crypto';
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type ChunkHashAndSize, chunkSizes, encodeManifest, findBoundary, type Hash } from '@jzse/sync';
import { type ChunkInHand, type CutFile, FileChanged } from './file-to-put.ts';

/** Files up to this are read whole and cut here: that takes 5 ms at most, less than waking a thread. */
export const inMemoryBytesMax = chunkSizes.max;

export interface CutInMemory extends CutFile {
  readonly bytes: readonly ChunkInHand[];
}

/** Reads an open file whole; `before` is what it was when it was opened. Throws `FileChanged` when it is something else at the end. */
export async function cutInMemory(file: FileHandle, before: Stats, source: string): Promise<CutInMemory> {
  const data = await readWhole(file, before.size);
  const after = await file.stat();
  if (data.length !== before.size || after.size !== before.size || after.mtimeMs !== before.mtimeMs) throw new FileChanged(source);
  return { ...cut(data), modifiedMs: Math.trunc(after.mtimeMs) };
}

async function readWhole(file: FileHandle, size: number): Promise<Buffer> {
  const data = Buffer.allocUnsafe(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(data, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return data.subarray(0, filled);
}

function cut(data: Buffer): Omit<CutInMemory, 'modifiedMs'> {
  const bytes: ChunkInHand[] = [];
  for (let start = 0; start < data.length; ) {
    const end = findBoundary(data, { start, end: data.length }, true);
    const chunk = data.subarray(start, end);
    bytes.push({ hash: sha256(chunk), bytes: chunk });
    start = end;
  }
  const chunks = bytes.map(({ hash, bytes: { length } }) => ({ hash, size: length }));
  const [only] = chunks;
  const hash = chunks.length === 1 && only !== undefined ? only.hash : sha256(data);
  return { bytes, chunks, content: { hash, size: data.length, manifest: manifestHash(chunks) } };
}

const sha256 = (bytes: Uint8Array): Hash => digest('sha256', bytes, 'hex') as Hash;

/** Content of one chunk or none has no manifest. */
export const manifestHash = (chunks: readonly ChunkHashAndSize[]): Hash | null =>
  chunks.length > 1 ? sha256(encodeManifest(chunks)) : null;
