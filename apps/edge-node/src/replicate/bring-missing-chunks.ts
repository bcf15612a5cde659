import { JzseError } from '@jzse/api';
import type { TransferSource } from '@jzse/db/region';
import { type ChunkStore, StorageFull } from '@jzse/storage';
import { type Content, chunkSizes, type Hash } from '@jzse/sync';
import type { MissingChunks } from '../read/missing-chunks.ts';
import type { ByteBudget } from './byte-budget.ts';
import type { ChunkFetcher } from './fetch-missing-chunks.ts';
import { unlessAborted } from './hub-contact.ts';
import type { SourceLocator } from './locate-sources.ts';
import { manifestBytes } from './read-manifest.ts';
import { NotStored } from './receive-chunks.ts';

export interface BringDeps {
  readonly chunks: Pick<ChunkStore, 'missing'>;
  readonly fetcher: ChunkFetcher;
  readonly locator: SourceLocator;
  /** Readers have a budget of their own: bulk transfers never make them wait. */
  readonly budget: ByteBudget;
}

type BringRequest = Parameters<MissingChunks['bring']>[0];

/** What a reader waits for. A second try asks the hub afresh, and every other region: the first may have gone by an answer that was old. */
export function createMissingChunks(deps: BringDeps): MissingChunks {
  const fetchFrom = async ({ space, content }: BringRequest, hashes: readonly Hash[], sources: readonly TransferSource[]) => {
    const chunks = hashes.map((hash) => ({ hash, size: sizeOf(content, hash), sources }));
    return [...(await deps.fetcher.fetch({ space, chunks, budget: deps.budget }))];
  };
  const bring: MissingChunks['bring'] = async (request) => {
    const { space, content } = request;
    const missing = await deps.chunks.missing(request.hashes);
    if (missing.length === 0) return;
    let lacking = await fetchFrom(request, missing, await deps.locator.locate(space, content));
    if (lacking.length > 0) {
      deps.locator.forget(space, content.hash);
      const holders = await deps.locator.locate(space, content);
      const others = deps.locator.knownRegions().filter(({ region }) => !holders.some((holder) => holder.region === region));
      lacking = await fetchFrom(request, lacking, [...holders, ...others]);
    }
    if (lacking.length === 0) return;
    throw new JzseError('content-unavailable', 'no region that can be reached has this content now; try again later', {
      detail: { content: content.hash, missingChunks: lacking.length },
    });
  };
  return { bring: (request) => unlessAborted(bring(request).catch(rethrowFull), request.signal) };
}

/** What is read through is stored on the way. */
function rethrowFull(cause: unknown): never {
  const full = cause instanceof NotStored ? cause.cause : cause;
  if (!(full instanceof StorageFull)) throw cause;
  throw new JzseError('storage-full', 'the disk of this region is full: make room, then read again what is not here', { cause });
}

/** The reader names hashes only; a chunk of unknown size counts as an average one. */
function sizeOf(content: Content, hash: Hash): number {
  return hash === content.manifest ? manifestBytes(content) : Math.min(content.size, chunkSizes.average);
}
