import { JzseError } from '@jzse/api';
import type { ChunkHashAndSize, Content, SpaceId } from '@jzse/sync';
import { decodeManifest, InvalidManifest } from '@jzse/sync';
import { getOrBring } from './get-or-bring.ts';
import type { ReadDeps } from './read-deps.ts';

export interface ContentRequest {
  readonly space: SpaceId;
  readonly content: Content;
  readonly signal: AbortSignal;
}

/**
 * The chunks of a content, in order; their sizes add up to the content's. A manifest that is not here is brought.
 * Throws `content-unavailable` when nobody who can be reached has it, or when it is not the content's.
 */
export async function openManifest(
  deps: Pick<ReadDeps, 'store' | 'chunks' | 'missing'>,
  request: ContentRequest,
): Promise<readonly ChunkHashAndSize[]> {
  const { content } = request;
  const known = await deps.store.chunksOf(content);
  if (known !== null || content.manifest === null) return known ?? [];
  return decoded(await getOrBring(deps, { ...request, hash: content.manifest }), content);
}

function decoded(bytes: Uint8Array, content: Content): readonly ChunkHashAndSize[] {
  try {
    const chunks = decodeManifest(bytes);
    const size = chunks.reduce((sum, chunk) => sum + chunk.size, 0);
    if (size !== content.size) throw new InvalidManifest(`chunks of ${size} bytes for a content of ${content.size}`);
    return chunks;
  } catch (cause) {
    if (!(cause instanceof InvalidManifest)) throw cause;
    throw new JzseError(
      'content-unavailable',
      `the list of this version's chunks is not valid: ${cause.message}; restore another version`,
      {
        detail: { content: content.hash },
        cause,
      },
    );
  }
}
