import type { RegionStore, TransferSource } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { Entry, FeedPosition, Hash, RegionId, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { MissingChunks } from '../read/missing-chunks.ts';
import { createMissingChunks } from './bring-missing-chunks.ts';
import { createByteBudget } from './byte-budget.ts';
import { createChunkFetcher } from './fetch-missing-chunks.ts';
import { createHubContact, type HubContact, withContact } from './hub-contact.ts';
import type { HubPort } from './hub-port.ts';
import { listenToHub } from './listen-to-hub.ts';
import { createSourceLocator } from './locate-sources.ts';
import { readManifest } from './read-manifest.ts';
import type { RemoteChunkReader } from './read-remote-chunks.ts';
import { createRegionHealth } from './region-health.ts';
import { registerRegion } from './register-region.ts';
import { type SpaceReplication, startSpace } from './replicate-space.ts';
import { startTransfers } from './run-transfers.ts';
import { sendHeartbeat } from './send-heartbeat.ts';
import { type Loop, startLoop } from './wakeable-loop.ts';

export interface ReplicationDeps {
  readonly region: RegionId;
  /** How other regions reach this one. */
  readonly url: string;
  readonly store: RegionStore;
  readonly chunks: ChunkStore;
  readonly hub: HubPort;
  readonly readRemote: RemoteChunkReader;
  readonly nowMs: () => number;
  readonly random?: () => number;
  readonly logger: Logger;
  /** Its disk is what the hub is told of. */
  readonly dataFolder: string;
  /** The feed changed what is shown of these entries. */
  readonly changed: (space: SpaceId, entries: readonly Entry[]) => void;
  /** A snapshot replaced what is shown: anything may be otherwise. */
  readonly replaced?: (space: SpaceId) => void;
  /** These contents are held from now on. */
  readonly held: (space: SpaceId, hashes: readonly Hash[]) => void;
  /** The hub has merges to lease. */
  readonly onMerges?: () => void;
}

export interface Replication {
  readonly missing: MissingChunks;
  readonly contact: HubContact;
  /** The hub as this region speaks to it: every answer counts as contact. */
  readonly hub: HubPort;
  /** Something was committed: it is pushed at once. */
  outboxChanged(space: SpaceId): void;
  /** Where the hub's feed of a space ends, as far as known here. */
  hubHead(space: SpaceId): FeedPosition | null;
  /** The other regions, as far as known. */
  knownRegions(): readonly TransferSource[];
  /** A chunk was found damaged or gone: what needs it is held no longer, and is fetched again at once. */
  heal(chunk: Hash): Promise<void>;
  /** Ends every loop; what is under way is cut short, and nothing is lost by it. */
  stop(): Promise<void>;
}

const heartbeatMs = 5_000;
const registerPollMs = 60_000;
const regionsPollMs = 15_000;
const reconnectBackoff = { initialMs: 100, maxMs: 2_000 };
/** Bytes under way for readers at once; the lanes of transfers have their own (transfer-lanes.ts). */
const readersBytesMax = 8 * 1024 * 1024;

/** All that keeps this region in step with the others. Needs neither the hub nor another region to start. */
export async function startReplication(deps: ReplicationDeps): Promise<Replication> {
  const stopping = new AbortController();
  const retries: (() => void)[] = [];
  const retryAll = (): void => {
    for (const retry of retries) retry();
  };
  const contact = createHubContact({
    nowMs: deps.nowMs,
    onRegained: () => {
      deps.logger.info('the hub answers');
      retryAll();
    },
    onLost: (cause) => deps.logger.warn({ err: cause }, 'the hub does not answer; reads and writes go on, and it is tried again'),
  });
  const hub = withContact(deps.hub, contact, stopping.signal);
  const shared = { ...deps, hub, contact, random: deps.random ?? Math.random, signal: stopping.signal };
  const health = createRegionHealth(deps.nowMs);
  const locator = createSourceLocator(shared);
  const fetcher = createChunkFetcher({ ...shared, health });
  const transfers = await startTransfers({
    ...shared,
    health,
    locator,
    fetcher,
    readManifest: (content) => readManifest(deps, content),
    recordManifest: deps.store.recordManifest,
  });
  const spaces = createSpaces({ ...shared, onSnapshot: deps.replaced ?? (() => {}) });
  for (const space of await deps.store.listSpaces()) spaces.of(space);
  const loops = startHubLoops({
    ...shared,
    refreshRegions: locator.refresh,
    onConnected: retryAll,
    onTransfers: transfers.hubHasWork,
    onMerges: deps.onMerges ?? (() => undefined),
    onHead: async (space, head) => (await spaces.created(space)).noteHead(head),
  });
  retries.push(transfers.retryNow, spaces.retryNow, ...loops.map((loop) => loop.retryNow));
  return {
    missing: createMissingChunks({ chunks: deps.chunks, fetcher, locator, budget: createByteBudget(readersBytesMax) }),
    contact,
    hub,
    outboxChanged: (space) => spaces.of(space).outboxChanged(),
    hubHead: (space) => spaces.known(space)?.head() ?? null,
    knownRegions: locator.knownRegions,
    heal: async (chunk) => {
      const contents = await deps.store.forgetContentWith(chunk);
      if (contents.length > 0) await transfers.bringBack(contents);
    },
    stop: async () => {
      stopping.abort(new Error('this region is stopping'));
      await Promise.all([...loops.map((loop) => loop.stop()), spaces.stop(), transfers.stop()]);
    },
  };
}

interface HubLoopDeps {
  readonly region: RegionId;
  readonly url: string;
  readonly store: RegionStore;
  readonly hub: HubPort;
  readonly logger: Logger;
  readonly dataFolder: string;
  readonly refreshRegions: () => Promise<void>;
  readonly onConnected: () => void;
  readonly onTransfers: () => void;
  readonly onMerges: () => void;
  readonly onHead: (space: SpaceId, head: FeedPosition) => Promise<void>;
}

/** What is said to the hub besides the spaces and transfers. */
function startHubLoops(deps: HubLoopDeps): readonly Loop[] {
  const loop = (what: string, pollMs: number, step: (signal: AbortSignal) => Promise<void>): Loop =>
    startLoop({
      step,
      pollMs,
      backoff: reconnectBackoff,
      onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, what),
    });
  return [
    loop('this region was not registered', registerPollMs, () => registerRegion(deps)),
    loop('the wake-ups of the hub ended', 0, (signal) => listenToHub(deps, signal)),
    loop('the heartbeat was not answered', heartbeatMs, () => sendHeartbeat(deps)),
    loop('the regions are not known', regionsPollMs, deps.refreshRegions),
  ];
}

interface Spaces {
  of(space: SpaceId): SpaceReplication;
  /** The same for a space that the hub named: made here if it is new. */
  created(space: SpaceId): Promise<SpaceReplication>;
  known(space: SpaceId): SpaceReplication | null;
  retryNow(): void;
  stop(): Promise<void>;
}

function createSpaces(deps: Parameters<typeof startSpace>[0]): Spaces {
  const spaces = new Map<SpaceId, SpaceReplication>();
  const of = (space: SpaceId): SpaceReplication => {
    const running = spaces.get(space) ?? startSpace(deps, space);
    spaces.set(space, running);
    return running;
  };
  return {
    of,
    created: async (space) => {
      if (!spaces.has(space)) await deps.store.createSpace(space);
      return of(space);
    },
    known: (space) => spaces.get(space) ?? null,
    retryNow: () => {
      for (const space of spaces.values()) space.retryNow();
    },
    stop: async () => {
      await Promise.all([...spaces.values()].map((space) => space.stop()));
    },
  };
}
