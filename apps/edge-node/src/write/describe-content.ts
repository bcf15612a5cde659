import { JzseError } from '@jzse/api';
import type { ContentWithChunks } from '@jzse/db/region';
import type { ChunkHashAndSize, Hash } from '@jzse/sync';
import { encodeManifest } from '@jzse/sync';
import { sha256 } from './cut-and-hash.ts';
import type { WriteDeps } from './write-deps.ts';

/** Names what was sealed. The manifest of more than one chunk is in the chunk store when this resolves. Throws `too-large` through `asWriteError`. */
export async function describeContent(
  deps: Pick<WriteDeps, 'chunks'>,
  sealed: { readonly chunks: readonly ChunkHashAndSize[]; readonly hash: Hash },
): Promise<ContentWithChunks> {
  const { chunks, hash } = sealed;
  const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  if (chunks.length < 2) return { content: { hash, size, manifest: null }, chunks };
  const bytes = encodeManifest(chunks);
  const manifest = sha256(bytes);
  await deps.chunks.put({ hash: manifest, bytes });
  return { content: { hash, size, manifest }, chunks };
}

/** Chunks that are read ahead of the one that is being hashed. */
const readAheadMax = 4;

/** SHA-256 of a content whose chunks are here, in one pass over them. Throws what `readChunks` throws. */
export async function hashChunks(deps: Pick<WriteDeps, 'chunks' | 'sealThread'>, chunks: readonly ChunkHashAndSize[]): Promise<Hash> {
  const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  const cutting = deps.sealThread.open(size);
  try {
    for await (const bytes of readChunks(deps, chunks)) await cutting.count(bytes);
    return await cutting.digest();
  } finally {
    cutting.close();
  }
}

/** The bytes of chunks in order, verified, a few read ahead. Throws `chunks-missing`, `checksum-mismatch` for one of another size. */
export async function* readChunks(deps: Pick<WriteDeps, 'chunks'>, chunks: readonly ChunkHashAndSize[]): AsyncGenerator<Uint8Array> {
  const ahead: Promise<Uint8Array | null>[] = [];
  for (const [index, { hash, size }] of chunks.entries()) {
    for (let next = index + ahead.length; ahead.length < readAheadMax && next < chunks.length; next++) {
      const reading = deps.chunks.get((chunks[next] as ChunkHashAndSize).hash);
      reading.catch(() => undefined);
      ahead.push(reading);
    }
    const bytes = await ahead.shift();
    if (bytes === undefined || bytes === null) {
      throw new JzseError('chunks-missing', 'a chunk that was sent earlier is gone; send it again', { detail: { missing: [hash] } });
    }
    if (bytes.length !== size) throw new JzseError('checksum-mismatch', 'a chunk has another size than was named', { detail: { hash } });
    yield bytes;
  }
}
