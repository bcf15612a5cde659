import type { TransferSource } from '@jzse/db/region';
import type { Hash, RegionId } from '@jzse/sync';
import { chooseSource, type SourceView } from './choose-source.ts';

/** A chunk that is not here, and who may have it. `size` in bytes, as far as known: it bounds what is under way at once. */
export interface WantedChunk {
  readonly hash: Hash;
  readonly size: number;
  readonly sources: readonly TransferSource[];
}
export interface SourceGroup {
  readonly source: TransferSource;
  readonly chunks: readonly WantedChunk[];
}

/** Each chunk at one of its holders that has not failed it yet. Chunks with the same holders stay together. `orphans` have no holder left. */
export function groupBySource(
  chunks: readonly WantedChunk[],
  failed: ReadonlyMap<Hash, ReadonlySet<RegionId>>,
  view: SourceView,
): { readonly groups: readonly SourceGroup[]; readonly orphans: readonly WantedChunk[] } {
  const chosen = new Map<string, TransferSource | null>();
  const groups = new Map<RegionId, { readonly source: TransferSource; readonly chunks: WantedChunk[] }>();
  const orphans: WantedChunk[] = [];
  for (const chunk of chunks) {
    const failures = failed.get(chunk.hash);
    const sources = failures === undefined ? chunk.sources : chunk.sources.filter(({ region }) => !failures.has(region));
    const key = sources.map(({ region }) => region).join(' ');
    let source = chosen.get(key);
    if (source === undefined) {
      source = chooseSource(sources, view);
      chosen.set(key, source);
    }
    if (source === null) {
      orphans.push(chunk);
      continue;
    }
    const group = groups.get(source.region) ?? { source, chunks: [] };
    group.chunks.push(chunk);
    groups.set(source.region, group);
  }
  return { groups: [...groups.values()], orphans };
}

/** Cuts a group into requests of bounded length and size; a chunk that is larger than `bytesMax` goes alone. */
export function cutRequests(
  chunks: readonly WantedChunk[],
  limits: { readonly countMax: number; readonly bytesMax: number },
): { readonly chunks: readonly WantedChunk[]; readonly bytes: number }[] {
  const requests: { chunks: WantedChunk[]; bytes: number }[] = [];
  let open: { chunks: WantedChunk[]; bytes: number } | null = null;
  for (const chunk of chunks) {
    if (open === null || open.chunks.length === limits.countMax || open.bytes + chunk.size > limits.bytesMax) {
      open = { chunks: [], bytes: 0 };
      requests.push(open);
    }
    open.chunks.push(chunk);
    open.bytes += chunk.size;
  }
  return requests;
}
