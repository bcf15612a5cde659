import { createHash } from 'node:crypto';
import type { Content } from '@jzse/sync';
import type { SimRegion } from '../cluster/sim-region.ts';

/** The bytes of a content as they are in a region, whatever the region says of them; null if they are not all there, or others. */
export async function contentIn({ bare, disk }: SimRegion, content: Content): Promise<Uint8Array | null> {
  if (bare === null) return null;
  const parts: Uint8Array[] = [];
  for (const { hash } of (await bare.chunksOf(content)) ?? [{ hash: content.hash }]) {
    const row = bare.chunkIndex.lookup(hash);
    const bytes = row === null ? null : (row.inline ?? disk.read(hash));
    if (bytes === null) return null;
    parts.push(bytes);
  }
  const whole = Buffer.concat(parts);
  return createHash('sha256').update(whole).digest('hex') === content.hash ? whole : null;
}
