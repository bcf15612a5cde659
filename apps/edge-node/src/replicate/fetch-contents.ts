import type { ContentWithChunks, WantedContent } from '@jzse/db/region';
import type { ChunkHashAndSize } from '@jzse/sync';
import type { ByteBudget } from './byte-budget.ts';
import type { ChunkFetcher } from './fetch-missing-chunks.ts';
import { cutRequests, type WantedChunk } from './group-by-source.ts';
import { manifestBytes, type readManifest } from './read-manifest.ts';

export interface FetchContentsDeps {
  readonly fetcher: ChunkFetcher;
  readonly readManifest: (content: WantedContent['content']) => ReturnType<typeof readManifest>;
  readonly recordManifest: (content: ContentWithChunks) => Promise<void>;
}
/** A content all of whose chunks are here now. */
export interface ArrivedContent extends ContentWithChunks {
  readonly wanted: WantedContent;
}

/** Chunks of one content that are asked for together, and how many such slices are under way at once. */
const sliceLimits = { countMax: 1024, bytesMax: 4 * 1024 * 1024 };
const slicesInFlightMax = 4;

/** Brings many contents with few requests: the manifests of all first, then all chunks. Answers those that are whole now. */
export async function fetchSmallContents(
  deps: FetchContentsDeps,
  wanted: readonly WantedContent[],
  budget: ByteBudget,
): Promise<readonly ArrivedContent[]> {
  const listed = await listChunks(deps, wanted, budget);
  const lacking = new Set<string>();
  const chunks = listed.map(({ wanted: item, chunks: list }) => ({ space: item.space, chunks: withSources(list, item) }));
  const perSpace = [...Map.groupBy(chunks, (item) => item.space)];
  await Promise.all(
    perSpace.map(async ([space, items]) => {
      const request = { space, budget, chunks: items.flatMap((item) => item.chunks) };
      for (const hash of await deps.fetcher.fetch(request)) lacking.add(hash);
    }),
  );
  return listed.filter((item) => !item.chunks.some((chunk) => lacking.has(chunk.hash)));
}

/** Brings one large content, slice after slice, a bounded number under way; stops early when a slice cannot be had. */
export async function fetchBulkContent(
  deps: FetchContentsDeps,
  wanted: WantedContent,
  budget: ByteBudget,
): Promise<readonly ArrivedContent[]> {
  const [listed] = await listChunks(deps, [wanted], budget);
  if (listed === undefined) return [];
  // It may take longer than the lease of its first chunks: from here on the manifest keeps them.
  await deps.recordManifest(listed);
  return (await fetchSlices(deps, { wanted, chunks: listed.chunks, budget })) ? [listed] : [];
}

interface Slices {
  readonly wanted: WantedContent;
  readonly chunks: readonly ChunkHashAndSize[];
  readonly budget: ByteBudget;
}

async function fetchSlices(deps: FetchContentsDeps, { wanted, chunks, budget }: Slices): Promise<boolean> {
  const slices = cutRequests(withSources(chunks, wanted), sliceLimits).values();
  let isWhole = true;
  const runOne = async (): Promise<void> => {
    for (const slice of slices) {
      const lacking = await deps.fetcher.fetch({ space: wanted.space, chunks: slice.chunks, budget });
      if (lacking.size > 0) isWhole = false;
      if (!isWhole) return;
    }
  };
  const runs = await Promise.allSettled(Array.from({ length: slicesInFlightMax }, runOne));
  const broken = runs.find((run) => run.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  return isWhole;
}

/** What each content is made of. Manifests that are not here are fetched together; contents whose manifest cannot be had are left out. */
async function listChunks(
  deps: FetchContentsDeps,
  wanted: readonly WantedContent[],
  budget: ByteBudget,
): Promise<readonly ArrivedContent[]> {
  const listed: ArrivedContent[] = [];
  const unlisted: WantedContent[] = [];
  const list = async (item: WantedContent): Promise<boolean> => {
    const chunks = await deps.readManifest(item.content);
    if (chunks !== null) listed.push({ wanted: item, content: item.content, chunks });
    return chunks !== null;
  };
  for (const item of wanted) if (!(await list(item))) unlisted.push(item);
  if (unlisted.length === 0) return listed;
  await Promise.all(
    [...Map.groupBy(unlisted, (item) => item.space)].map(([space, items]) =>
      deps.fetcher.fetch({ space, budget, chunks: items.flatMap(manifestChunk) }),
    ),
  );
  for (const item of unlisted) await list(item);
  return listed;
}

function manifestChunk({ content, sources }: WantedContent): WantedChunk[] {
  return content.manifest === null ? [] : [{ hash: content.manifest, size: manifestBytes(content), sources }];
}

const withSources = (chunks: readonly ChunkHashAndSize[], { sources }: { readonly sources: WantedContent['sources'] }): WantedChunk[] =>
  chunks.map(({ hash, size }) => ({ hash, size, sources }));
