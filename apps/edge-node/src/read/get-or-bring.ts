import { JzseError } from '@jzse/api';
import type { Hash } from '@jzse/sync';
import type { ContentRequest } from './open-manifest.ts';
import type { ReadDeps } from './read-deps.ts';

/** Brings a chunk here, and possibly others with it; resolves when it is in the store. */
export type BringChunk = () => Promise<void>;

/** A second try is for a chunk that turned out damaged, or was collected, between its coming and our reading it. */
const triesMax = 2;

/** The verified bytes of a chunk; what is not here, or damaged, is brought first. Throws `content-unavailable`. */
export async function getOrBring(
  deps: Pick<ReadDeps, 'chunks' | 'missing'>,
  { space, content, signal, hash, bring }: ContentRequest & { readonly hash: Hash; readonly bring?: BringChunk },
): Promise<Uint8Array> {
  const bringAlone: BringChunk = () => deps.missing.bring({ space, content, hashes: [hash], signal });
  for (let tries = 0; ; tries++) {
    const bytes = await deps.chunks.get(hash);
    if (bytes !== null) return bytes;
    if (tries === triesMax) break;
    await (tries === 0 && bring !== undefined ? bring() : bringAlone());
  }
  throw new JzseError('content-unavailable', 'a part of this content cannot be had now; try again later', {
    detail: { content: content.hash, chunk: hash },
  });
}
