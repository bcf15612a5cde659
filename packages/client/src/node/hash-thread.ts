import { createHash, hash as digest, type Hash as Hasher } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { type ChunkHashAndSize, type Hash, manifestChunksMax } from '@jzse/sync';
import { manifestHash } from './cut-in-memory.ts';
import type { CutBlock, HashedBlock } from './cut-messages.ts';

/** Thread that names chunks and contents: every byte is hashed twice here while the other thread cuts the next block. */
const cutThread = (workerData as { readonly cutThread: MessagePort }).cutThread;

interface FileInWork {
  readonly id: number;
  readonly whole: Hasher;
  readonly chunks: ChunkHashAndSize[];
}
let inWork: FileInWork | null = null;

cutThread.on('message', (block: CutBlock) => {
  if (inWork?.id !== block.id) inWork = { id: block.id, whole: createHash('sha256'), chunks: [] };
  const hashed = hashBlock(block, inWork);
  if (block.end !== null) inWork = null;
  parentPort?.postMessage(hashed, hashed.buffer === null ? [] : [hashed.buffer]);
});

function hashBlock(block: CutBlock, file: FileInWork): HashedBlock {
  const { id, buffer, end } = block;
  const chunks: HashedBlock['chunks'][number][] = [];
  if (buffer !== null) {
    for (const { offset, size } of block.chunks) {
      const bytes = new Uint8Array(buffer, offset, size);
      file.whole.update(bytes);
      const hash = digest('sha256', bytes, 'hex') as Hash;
      file.chunks.push({ hash, size });
      chunks.push({ offset, size, hash });
    }
  }
  if (end === null || 'error' in end) return { id, buffer, chunks, end };
  if (file.chunks.length > manifestChunksMax) {
    return {
      id,
      buffer,
      chunks,
      end: { error: { changed: false, message: `a file of more than ${manifestChunksMax} chunks is too large` } },
    };
  }
  const content = { hash: file.whole.digest('hex') as Hash, size: end.size, manifest: manifestHash(file.chunks) };
  return { id, buffer, chunks, end: { content, chunks: file.chunks, modifiedMs: end.modifiedMs } };
}
