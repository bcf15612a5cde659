import type { RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import { type ChunkHashAndSize, type Content, chunkSizes, decodeManifest } from '@jzse/sync';

/** About how long the manifest of a content is, in bytes. */
export const manifestBytes = (content: Content): number => 8 + 36 * Math.ceil(content.size / chunkSizes.average);

/**
 * The chunks of a content, in order, from what is here: the index, or its manifest in the chunk store. Null if the manifest is not here.
 * Throws `InvalidManifest` if it is none, or does not add up to the content.
 */
export async function readManifest(
  deps: { readonly store: Pick<RegionStore, 'chunksOf'>; readonly chunks: Pick<ChunkStore, 'get'> },
  content: Content,
): Promise<readonly ChunkHashAndSize[] | null> {
  const known = await deps.store.chunksOf(content);
  if (known !== null || content.manifest === null) return known;
  const bytes = await deps.chunks.get(content.manifest);
  if (bytes === null) return null;
  const chunks = decodeManifest(bytes);
  const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
  if (size !== content.size) throw new Error(`manifest ${content.manifest} lists ${size} bytes for a content of ${content.size}`);
  return chunks;
}
