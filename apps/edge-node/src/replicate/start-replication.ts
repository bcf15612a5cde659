import { errorCodes, JzseError } from '@jzse/api';
import type { RegionStore, TransferSource } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { Content, Entry, FeedPosition, Hash, RegionId, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { MissingChunks } from '../read/missing-chunks.ts';
import { createMissingChunks } from './bring-missing-chunks.ts';
import { createByteBudget } from './byte-budget.ts';
import { type Errands, startErrands } from './errands.ts';
import { createChunkFetcher } from './fetch-missing-chunks.ts';
import { fetchPolicy } from './fetch-policy.ts';
import { createHubBreaker } from './hub-breaker.ts';
import { createHubContact, type HubContact, unlessAborted, withContact } from './hub-contact.ts';
import type { HubPort } from './hub-port.ts';
import { createSourceLocator } from './locate-sources.ts';
import { readManifest } from './read-manifest.ts';
import type { RemoteChunkReader } from './read-remote-chunks.ts';
import { createRegionHealth, type RegionHealth } from './region-health.ts';
import { createRenewal } from './renew-replica.ts';
import type { Merges } from './run-merges.ts';
import { startTransfers } from './run-transfers.ts';
import type { ReadDisk } from './send-heartbeat.ts';
import { sendState } from './send-state.ts';
import { startHubLoops } from './start-hub-loops.ts';
import { createSpaces } from './start-spaces.ts';
import { createSteadyClock } from './steady-clock.ts';
import { type Agreement, startAgreement } from './watch-agreement.ts';

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
  /** What the hub is told of the disk. */
  readonly readDisk: ReadDisk;
  /** The feed changed what is shown of these entries. */
  readonly changed: (space: SpaceId, entries: readonly Entry[]) => void;
  /** A snapshot replaced what is shown: anything may be otherwise. */
  readonly replaced?: (space: SpaceId) => void;
  /** These contents are held from now on. */
  readonly held: (space: SpaceId, hashes: readonly Hash[]) => void;
  readonly isPlaced?: (space: SpaceId) => boolean;
  readonly leaveSpace?: (space: SpaceId) => Promise<boolean>;
  /** The hub's directory is at this revision. */
  readonly onDirectory?: (revision: number) => void;
}

export interface Replication {
  readonly missing: MissingChunks;
  readonly contact: HubContact;
  /** The hub as this region speaks to it: every answer counts as contact. */
  readonly hub: HubPort;
  /** Something was committed, or a door was opened: what waits is pushed at once. Nothing of a space whose door is closed. */
  outboxChanged(space: SpaceId): void;
  /** Where the hub's feed of a space ends, as far as known here. */
  hubHead(space: SpaceId): FeedPosition | null;
  /** Up to here no hub can lose what this region has: older rows of the log need not be kept. Null if it is not known. */
  safePosition(space: SpaceId): FeedPosition | null;
  /** Why the hub's state of a space is not taken here, and what to do; null if nothing is in the way. */
  refusal(space: SpaceId): string | null;
  /** Takes the hub's state in the place of what is confirmed here, whatever that is; outstanding operations stay. */
  resync(space: SpaceId): Promise<void>;
  /** What is placed here may be otherwise now. */
  placementsChanged(): Promise<void>;
  /** The hub has said since the start which spaces there are. */
  knowsSpaces(): boolean;
  /** Told when the hub has merges to lease, and stopped with the rest. Once, at any time after the start. */
  runMerges(merges: Merges): void;
  /** The other regions, as far as known. */
  knownRegions(): readonly TransferSource[];
  readonly health: RegionHealth;
  /** Of all whom this region calls. */
  breakers(): ReturnType<RegionHealth['states']>;
  /** Contents that are not here, though the hub may take them to be, are fetched at once. */
  bringBack(contents: readonly { readonly space: SpaceId; readonly content: Content }[]): Promise<void>;
  /** A chunk was found damaged or gone: what needs it is held no longer, and is fetched again at once. */
  heal(chunk: Hash): Promise<void>;
  /** Ends every loop; what is under way is cut short, and nothing is lost by it. */
  stop(): Promise<void>;
}

/** Bytes under way for readers at once; the lanes of transfers have their own (transfer-lanes.ts). */
const readersBytesMax = 8 * 1024 * 1024;

/** All that keeps this region in step with the others. Needs neither the hub nor another region to start. */
export async function startReplication(deps: ReplicationDeps): Promise<Replication> {
  const stopping = new AbortController();
  const retries: (() => void)[] = [];
  const retryAll = (): void => {
    for (const retry of retries) retry();
  };
  const { contact, breaker } = watchHub(deps, retryAll);
  const hub = withContact(deps.hub, contact, stopping.signal);
  const shared: Shared = { ...deps, hub, contact, random: deps.random ?? Math.random, signal: stopping.signal };
  // Clocks of machines are put right at times: what waits for a while must not wait for the hour that one was ahead.
  const steady = { ...shared, nowMs: createSteadyClock(deps.nowMs) };
  const { health, locator, fetcher, transfers } = await startContents(steady);
  const agreement = startAgreement(shared);
  const spaces = createSpaces({
    ...steady,
    onSnapshot: tellOfSnapshot(agreement, deps),
    onDigests: agreement.compare,
    onCaughtUp: agreement.caughtUp,
    renewReplica: createRenewal(shared),
  });
  for (const space of await deps.store.listSpaces()) if (deps.isPlaced?.(space) !== false) spaces.of(space);
  const errands = startHubErrands(shared);
  let merges: Merges | null = null;
  let knowsSpaces = false;
  const loops = startHubLoops({
    ...shared,
    refreshRegions: locator.refresh,
    reportMoved: agreement.reportMoved,
    onConnected: () => {
      retryAll();
      // Those that the hub knows it names; of the others it may have to be told.
      for (const space of spaces.all()) errands.policies.add(space, 0);
    },
    onTransfers: transfers.hubHasWork,
    onMerges: () => merges?.hubHasWork(),
    onHead: spaces.noteHead,
    onHeads: () => {
      knowsSpaces = true;
    },
    onPolicies: (policies) => {
      for (const { space, revision } of policies) errands.policies.add(space, revision);
    },
    onReport: (report) => {
      for (const space of report.spaces) agreement.wantReport(space, report.deep);
    },
    onSeed: (space) => errands.seeds.add(space, null),
  });
  const workers = [transfers, spaces, agreement, errands.policies, errands.seeds];
  retries.push(...[...workers, ...loops].map((worker) => worker.retryNow));
  return {
    missing: createMissingChunks({ chunks: deps.chunks, fetcher, locator, budget: createByteBudget(readersBytesMax) }),
    contact,
    hub: breaker.guard(hub),
    health,
    breakers: () => [...breaker.states(), ...health.states()],
    outboxChanged: (space) => spaces.of(space).outboxChanged(),
    placementsChanged: spaces.placementsChanged,
    hubHead: (space) => spaces.known(space)?.head() ?? null,
    safePosition: (space) => spaces.known(space)?.safe() ?? null,
    refusal: (space) => spaces.known(space)?.refusal() ?? null,
    resync: (space) => unlessAborted(spaces.of(space).resync(), stopping.signal),
    knowsSpaces: () => knowsSpaces,
    runMerges: (started) => {
      merges = started;
      retries.push(started.retryNow);
    },
    knownRegions: locator.knownRegions,
    bringBack: transfers.bringBack,
    heal: async (chunk) => {
      const contents = await deps.store.forgetContentWith(chunk);
      if (contents.length > 0) await transfers.bringBack(contents);
    },
    stop: async () => {
      stopping.abort(new Error('this region is stopping'));
      await Promise.all([...loops, ...workers, ...(merges === null ? [] : [merges])].map((worker) => worker.stop()));
    },
  };
}

/** `regained`: an answer came after silence. */
function watchHub({ nowMs, logger }: Pick<ReplicationDeps, 'nowMs' | 'logger'>, regained: () => void) {
  const breaker = createHubBreaker(createSteadyClock(nowMs));
  const contact = createHubContact({
    nowMs,
    onRegained: () => {
      breaker.answered();
      logger.info('the hub answers');
      regained();
    },
    onLost: (cause) => logger.warn({ err: cause }, 'the hub does not answer; reads and writes go on, and it is tried again'),
  });
  return { breaker, contact };
}

const tellOfSnapshot =
  (agreement: Pick<Agreement, 'replaced'>, deps: Pick<ReplicationDeps, 'replaced'>) =>
  (space: SpaceId): void => {
    agreement.replaced(space);
    deps.replaced?.(space);
  };

/** All that brings bytes here. */
async function startContents(shared: Shared) {
  const health = createRegionHealth(shared.nowMs);
  const locator = await createSourceLocator(shared);
  const fetcher = createChunkFetcher({ ...shared, health });
  const transfers = await startTransfers({
    ...shared,
    health,
    locator,
    fetcher,
    readManifest: (content) => readManifest(shared, content),
    recordManifest: shared.store.recordManifest,
  });
  return { health, locator, fetcher, transfers };
}

interface Shared extends ReplicationDeps {
  readonly contact: HubContact;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** What the hub asks of this region now and then. */
function startHubErrands(shared: Shared): {
  readonly policies: Errands<SpaceId, number>;
  readonly seeds: Errands<SpaceId, null>;
} {
  const { logger, random } = shared;
  return {
    policies: startErrands<SpaceId, number>({
      random,
      run: (space, revision) => fetchPolicy(shared, space, revision),
      merge: Math.max,
      onFailure: (cause, retryInMs) => logger.debug({ err: cause, retryInMs }, 'the policy of a space was not read'),
    }),
    seeds: startErrands<SpaceId, null>({
      random,
      run: (space, _detail, signal) => seedHub(shared, space, signal),
      merge: () => null,
      onFailure: (cause, retryInMs) => logger.warn({ err: cause, retryInMs }, 'the state of a space did not reach the hub whole'),
    }),
  };
}

async function seedHub(shared: Shared, space: SpaceId, signal: AbortSignal): Promise<void> {
  const { logger, store } = shared;
  if (!(await store.listSpaces()).includes(space)) return;
  try {
    await sendState(shared, space, signal);
    logger.info({ space }, 'the hub begins anew with what this region knows');
  } catch (cause) {
    if (!(cause instanceof JzseError) || errorCodes[cause.code].retryable) throw cause;
    logger.warn({ err: cause, space }, 'the hub does not take the state of this region');
  }
}
