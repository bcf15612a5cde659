import type { ChunkStore } from '@jzse/storage';
import type { Hash, RegionId, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { ByteBudget } from './byte-budget.ts';
import { cutRequests, groupBySource, type SourceGroup, type WantedChunk } from './group-by-source.ts';
import { type RemoteChunkReader, remoteReadHashesMax } from './read-remote-chunks.ts';
import { NotStored, receiveChunks } from './receive-chunks.ts';
import type { RegionHealth } from './region-health.ts';

export interface FetchDeps {
  readonly chunks: Pick<ChunkStore, 'missing' | 'putMany'>;
  readonly readRemote: RemoteChunkReader;
  readonly health: RegionHealth;
  readonly random: () => number;
  readonly logger: Logger;
  /** Aborts what is under way. */
  readonly signal: AbortSignal;
}
export interface FetchRequest {
  readonly space: SpaceId;
  readonly chunks: readonly WantedChunk[];
  /** Bounds the bytes that all who share it have under way. */
  readonly budget: ByteBudget;
}

export interface ChunkFetcher {
  /**
   * Fetches those of these chunks that are not here, each once however many ask for it. One holder after the other is tried.
   * Resolves with those that no holder could give. Throws `NotStored` when this region cannot store.
   */
  fetch(request: FetchRequest): Promise<ReadonlySet<Hash>>;
}

/** Asked of a region in one request. */
const requestLimits = { countMax: remoteReadHashesMax, bytesMax: 4 * 1024 * 1024 };

export function createChunkFetcher(deps: FetchDeps): ChunkFetcher {
  const inFlight = new Map<Hash, PromiseWithResolvers<boolean>>();

  const fetchOnce = async (request: FetchRequest): Promise<ReadonlySet<Hash>> => {
    const wanted = new Map(request.chunks.map((chunk) => [chunk.hash, chunk]));
    const own: WantedChunk[] = [];
    const joined: { readonly hash: Hash; readonly arrived: Promise<boolean> }[] = [];
    for (const hash of await deps.chunks.missing([...wanted.keys()])) {
      const running = inFlight.get(hash);
      if (running !== undefined) joined.push({ hash, arrived: running.promise });
      else {
        inFlight.set(hash, Promise.withResolvers());
        own.push(wanted.get(hash) as WantedChunk);
      }
    }
    const arrive = (hash: Hash, isHere: boolean): void => {
      inFlight.get(hash)?.resolve(isHere);
      inFlight.delete(hash);
    };
    const lacking = new Set<Hash>();
    try {
      for (const hash of await fetchFromHolders(deps, { ...request, chunks: own }, (hash) => arrive(hash, true))) lacking.add(hash);
    } finally {
      for (const { hash } of own) arrive(hash, false);
    }
    for (const { hash, arrived } of joined) if (!(await arrived)) lacking.add(hash);
    return lacking;
  };
  return {
    fetch: async (request) => {
      const lacking = await fetchOnce(request);
      if (lacking.size === 0) return lacking;
      // What another caller could not get may be had from the holders that this one knows.
      return fetchOnce({ ...request, chunks: request.chunks.filter((chunk) => lacking.has(chunk.hash)) });
    },
  };
}

/** Holder after holder until nothing is left to ask for; answers what none of them gave. */
async function fetchFromHolders(deps: FetchDeps, request: FetchRequest, onStored: (hash: Hash) => void): Promise<Hash[]> {
  const failed = new Map<Hash, Set<RegionId>>();
  const lacking: Hash[] = [];
  let remaining = request.chunks;
  while (remaining.length > 0) {
    const { groups, orphans } = groupBySource(remaining, failed, { ...deps.health, random: deps.random });
    lacking.push(...orphans.map((chunk) => chunk.hash));
    const stored = new Set<Hash>();
    const note = (hash: Hash): void => {
      stored.add(hash);
      onStored(hash);
    };
    await Promise.all(groups.map((group) => askHolder(deps, { ...request, group, onStored: note })));
    remaining = groups.flatMap(({ source, chunks }) => {
      const left = chunks.filter((chunk) => !stored.has(chunk.hash));
      for (const { hash } of left) failed.set(hash, (failed.get(hash) ?? new Set()).add(source.region));
      return left;
    });
  }
  return lacking;
}

interface HolderRequest extends FetchRequest {
  readonly group: SourceGroup;
  readonly onStored: (hash: Hash) => void;
}

/** A holder that fails is logged, not thrown: another one is asked then. */
async function askHolder(deps: FetchDeps, { group, space, budget, onStored }: HolderRequest): Promise<void> {
  const { source } = group;
  const ask = async (chunks: readonly WantedChunk[], bytes: number): Promise<void> => {
    const reservation = await budget.take(bytes);
    try {
      deps.signal.throwIfAborted();
      const hashes = chunks.map((chunk) => chunk.hash);
      await deps.health.run(source, () => receiveChunks(deps, { source, space, hashes, onStored, signal: deps.signal }));
    } catch (cause) {
      if (cause instanceof NotStored || deps.signal.aborted) throw cause;
      deps.logger.warn({ region: source.region, space, chunks: chunks.length, err: cause }, 'a region did not give all chunks');
    } finally {
      reservation.release();
    }
  };
  const requests = await Promise.allSettled(cutRequests(group.chunks, requestLimits).map(({ chunks, bytes }) => ask(chunks, bytes)));
  const broken = requests.find((request) => request.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
}
