import { decodeText, textBytesMax } from '@jzse/merge';
import type { SpaceId, Version } from '@jzse/sync';
import { openManifest } from './open-manifest.ts';
import type { ReadDeps } from './read-deps.ts';
import { streamChunks } from './stream-chunks.ts';

/** A whole version as text; null: it is none, or larger than texts that are compared and merged. Brings what is not here. Throws `content-unavailable`. */
export async function readText(
  deps: Pick<ReadDeps, 'store' | 'chunks' | 'missing'>,
  { space, version, signal }: { readonly space: SpaceId; readonly version: Pick<Version, 'content'>; readonly signal: AbortSignal },
): Promise<string | null> {
  const { content } = version;
  if (content.size > textBytesMax) return null;
  const chunks = await openManifest(deps, { space, content, signal });
  const parts: Uint8Array[] = [];
  for await (const part of streamChunks(deps, { space, content, signal, chunks, range: { start: 0, end: content.size } })) parts.push(part);
  signal.throwIfAborted();
  return decodeText(Buffer.concat(parts));
}
