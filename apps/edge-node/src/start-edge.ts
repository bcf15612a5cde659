import { mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type OpenRegionStore, openRegionStore, type RegionStore, type ShownFolders } from '@jzse/db/region';
import { followTls, type ServerRun, serveWith, type TlsPair, trustAuthority } from '@jzse/gateway';
import { type ChunkStore, openDiskChunkStore } from '@jzse/storage';
import { entryId, type Hash, joinPath } from '@jzse/sync';
import type { Logger } from 'pino';
import { openAudit } from './audit/open-audit.ts';
import type { EdgeConfig } from './config.ts';
import { mergeDeps } from './conflict-services.ts';
import { doorClosedEvent } from './door-services.ts';
import { startMaintenance } from './maintain/start-maintenance.ts';
import { addEdgeMetrics } from './observe/edge-metrics.ts';
import { createEventRaiser } from './observe/raise-events.ts';
import { createSpaceChanges, type SpaceChanges } from './observe/space-changes.ts';
import { type SpaceProgress, watchProgress } from './observe/space-progress.ts';
import type { ReadDeps } from './read/read-deps.ts';
import { connectHub, type HubConnection } from './replicate/connect-hub.ts';
import { createRemoteChunkReader, openRegionConnections } from './replicate/read-remote-chunks.ts';
import { type Merges, type MergesDeps, startMerges } from './replicate/run-merges.ts';
import { type Replication, startReplication } from './replicate/start-replication.ts';
import { createServer } from './server.ts';
import { createEdgeServices } from './services.ts';
import { startFleetCertificate } from './trust/fleet-certificate.ts';
import { type HubAuthority, openHubAuthority } from './trust/hub-authority.ts';
import { createHubIdentity } from './trust/hub-identity.ts';
import { openRegionIdentity, type RegionIdentity } from './trust/region-identity.ts';
import { startTrust, type Trust } from './trust/start-trust.ts';
import { type ClosedDoorRow, guardDoors } from './write/guard-doors.ts';
import { resumeUploads } from './write/resume-uploads.ts';
import { runMergeTask } from './write/run-merge-task.ts';
import { startSealThread } from './write/seal-thread.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface EdgeDeps extends ServerRun<EdgeConfig> {
  readonly version: string;
  readonly nowMs: () => number;
  /** Unguessable, never the same twice. */
  readonly newId: () => string;
}

interface Stores {
  readonly store: OpenRegionStore;
  readonly chunks: ChunkStore;
  readonly changes: SpaceChanges;
  readonly progress: SpaceProgress;
  /** Called for each door that closes. */
  onDoorClosed(told: (door: ClosedDoorRow) => void): void;
}

const pageFolder = fileURLToPath(new URL('../dist/web/', import.meta.url));

/** Puts the region together and serves. Neither the hub nor another region has to be there. */
export async function startEdge(deps: EdgeDeps): Promise<{ readonly url: string }> {
  const { config, closers, logger } = deps;
  trustAuthority(config.ca);
  const damaged = createDamageReport(logger);
  const stores = await openStores(deps, damaged.onDamaged);
  const { store, chunks, changes } = stores;
  const authority = config.tls === 'fleet' ? await openHubAuthority({ ...config, logger }) : null;
  await authority?.learn();
  const identity = await openRegionIdentity({ ...config, url: urlOf(config), nowMs: deps.nowMs, logger });
  const hub = connectHub({ url: config.hubUrl, credentials: identity.credentials });
  closers.push(() => hub.close());
  const trust = startTrusting(deps, { store, identity, hub });
  const replication = await startReplicating(deps, stores, { identity, hub, trust });
  damaged.healBy(replication.heal);
  const write = startWriting(deps, {
    store,
    chunks,
    checkCommit: trust.checkCommit,
    checkRoom: trust.checkRoom,
    committed: replication.outboxChanged,
  });
  const read = { store, chunks, missing: replication.missing, resolveAtHub: replication.hub.resolvePath, nowMs: deps.nowMs };
  replication.runMerges(startMerging(deps, { read, write, replication }));
  const events = createEventRaiser({
    raise: replication.hub.raise,
    onFailure: (cause) => logger.warn({ err: cause }, 'the hub was not told of an event yet; it is tried again'),
  });
  closers.push(async () => events.stop());
  stores.onDoorClosed((door) => events.raise(doorClosedEvent(door, config.region)));
  const services = createEdgeServices({ ...deps, read, write, replication, changes, raise: events.raise });
  const causal = {
    progress: stores.progress,
    regions: replication.knownRegions,
    health: replication.health,
    proof: identity.proofs.forRegions,
  };
  const audit = openAudit({ store, hub, nowMs: deps.nowMs, logger });
  closers.push(() => audit.close());
  const app = await createServer({
    ...deps,
    audit,
    services,
    read,
    write,
    chunkSpaces: store.chunkSpaces,
    trust,
    causal,
    pageFolder,
    ready: () => whyNotReady(store, trust, replication),
  });
  addEdgeMetrics(app.metrics, { store, contact: replication.contact, breakers: replication.breakers });
  closers.push(() => app.close());
  await keepCertificate(deps, { app, hub, authority });
  const maintenance = startMaintenance({
    store,
    chunks,
    chunkFolder: chunkFolder(config),
    safePosition: replication.safePosition,
    bringBack: replication.bringBack,
    pruneLogEveryMs: config.maintainEveryMs,
    nowMs: deps.nowMs,
    logger,
  });
  closers.push(() => maintenance.stop());
  await resumeUploads(write);
  return { url: await app.listen({ host: config.host, port: config.port }) };
}

async function keepCertificate(deps: EdgeDeps, { app, hub, authority }: CertificateParts): Promise<void> {
  const { config, closers, logger } = deps;
  const stopFollowing = followTls(app, config, logger);
  closers.push(async () => stopFollowing());
  if (authority === null) return;
  const serve = (pair: TlsPair): void => serveWith(app, pair);
  const certificate = await startFleetCertificate({
    ...deps,
    ...config,
    url: urlOf(config),
    authority,
    certify: hub.certify,
    serveWith: serve,
  });
  closers.push(() => certificate.stop());
}
interface CertificateParts {
  readonly app: Awaited<ReturnType<typeof createServer>>;
  readonly hub: Pick<HubConnection, 'certify'>;
  readonly authority: HubAuthority | null;
}

const urlOf = ({ url, host, port, tls, tlsCert }: EdgeConfig): string =>
  url ?? `${tls === 'files' && tlsCert === null ? 'http' : 'https'}://${host}:${port}`;

const chunkFolder = ({ data }: EdgeConfig): string => join(data, 'chunks');

async function whyNotReady(store: RegionStore, { view }: Trust, { knowsSpaces }: Pick<Replication, 'knowsSpaces'>): Promise<string | null> {
  if (store.replica() === null) return 'this region waits to be registered by the hub for the first time';
  if (!view.isCopied()) return 'this region waits to hear from the hub for the first time who may come in';
  const isFirstTime = !knowsSpaces() && (await store.listSpaces()).length === 0;
  return isFirstTime ? 'this region waits to hear from the hub for the first time which spaces there are' : null;
}

function startTrusting(
  { config, closers, nowMs, logger }: EdgeDeps,
  { store, identity, hub }: Parts & { readonly store: OpenRegionStore },
): Trust {
  const { key, credentials } = identity;
  const trust = startTrust({
    region: config.region,
    store,
    hub: { ...createHubIdentity({ url: config.hubUrl, credentials }), directory: hub.directory, offerDirectory: hub.offerDirectory },
    key,
    regionCutOffMs: config.cutOffHours * 3_600_000,
    nowMs,
    logger,
  });
  closers.push(() => trust.copy.stop());
  return trust;
}

interface Parts {
  readonly identity: RegionIdentity;
  readonly hub: HubConnection;
}

async function openStores(deps: EdgeDeps, onDamaged: (hash: Hash) => void): Promise<Stores> {
  const { config, closers } = deps;
  await mkdir(config.data, { recursive: true });
  let shown: (folders: ShownFolders) => void = () => undefined;
  const opened = openRegionStore({ file: join(config.data, 'region.db'), nowMs: deps.nowMs, onShown: (folders) => shown(folders) });
  closers.push(() => opened.close());
  const { store: watched, progress } = watchProgress(opened);
  let doorClosed: (door: ClosedDoorRow) => void = () => undefined;
  const store = guardDoors(watched, {
    nowMs: deps.nowMs,
    newChangeId: deps.newId,
    onClosed: (door) => {
      deps.logger.warn({ space: door.space, reason: door.reason }, 'nothing of this space goes out until its door is opened');
      doorClosed(door);
    },
    onFailure: (cause) => deps.logger.error({ err: cause }, 'whether a change touched too much could not be seen'),
  });
  const changes = createSpaceChanges({
    boot: deps.newId().slice(0, 8),
    pathOf: async (space, folder) => {
      const names = await store.pathOf(space, folder);
      return names === null ? null : joinPath(names);
    },
  });
  shown = (folders) => {
    for (const [space, touched] of folders) changes.shown(space, touched);
  };
  const chunks = await openDiskChunkStore({ folder: chunkFolder(config), index: store.chunkIndex, onDamaged });
  const onDoorClosed: Stores['onDoorClosed'] = (told) => {
    doorClosed = told;
  };
  return { store, chunks, changes, progress, onDoorClosed };
}

function startMerging(
  { config, nowMs, logger }: EdgeDeps,
  parts: { readonly read: ReadDeps; readonly write: WriteDeps; readonly replication: Replication },
): Merges {
  const { read, write, replication } = parts;
  const deps = mergeDeps(read, write);
  const merge: MergesDeps['merge'] = (task, signal) => runMergeTask(deps, task, signal);
  return startMerges({ region: config.region, hub: replication.hub, nowMs, logger, merge });
}

async function startReplicating(
  deps: EdgeDeps,
  stores: Stores,
  { identity, hub, trust }: Parts & { readonly trust: Trust },
): Promise<Replication> {
  const { config, closers, logger, nowMs } = deps;
  const dispatcher = openRegionConnections();
  closers.push(() => dispatcher.destroy());
  const replication = await startReplication({
    ...stores,
    hub,
    nowMs,
    logger,
    region: config.region,
    url: urlOf(config),
    readDisk: async () => {
      const disk = await statfs(config.data);
      return { freeBytes: disk.bavail * disk.bsize, totalBytes: disk.blocks * disk.bsize };
    },
    readRemote: createRemoteChunkReader({ dispatcher, proof: identity.proofs.forRegions }),
    // The store itself tells what is shown otherwise.
    changed: () => undefined,
    held: (space, hashes) => stores.changes.held(space, hashes),
    isPlaced: trust.access.isPlaced,
    leaveSpace: stores.store.leaveSpace,
    onDirectory: trust.copy.noteRevision,
  });
  trust.onCopied(() => {
    replication.placementsChanged().catch((cause: unknown) => logger.warn({ err: cause }, 'spaces could not be taken up or left yet'));
  });
  closers.push(() => replication.stop());
  return replication;
}

function startWriting(deps: EdgeDeps, parts: Pick<WriteDeps, 'store' | 'chunks' | 'checkCommit' | 'checkRoom' | 'committed'>): WriteDeps {
  const sealThread = startSealThread();
  deps.closers.push(() => sealThread.close());
  return {
    ...parts,
    sealThread,
    region: deps.config.region,
    nowMs: deps.nowMs,
    newEntryId: () => entryId(deps.newId()),
    newUploadId: deps.newId,
  };
}

/** The chunk store reports damage before there is anyone to heal it: what comes too early is healed as soon as there is. */
function createDamageReport(logger: Logger) {
  let heal: ((hash: Hash) => Promise<void>) | null = null;
  let early: Hash[] = [];
  const tryHeal = (hash: Hash): void => {
    if (heal === null) early.push(hash);
    else heal(hash).catch((error: unknown) => logger.warn({ err: error, chunk: hash }, 'a damaged chunk could not be healed yet'));
  };
  return {
    onDamaged: (hash: Hash): void => {
      logger.error({ chunk: hash }, 'a chunk on this disk is damaged: it is set aside and brought from another region');
      tryHeal(hash);
    },
    healBy: (healer: (hash: Hash) => Promise<void>): void => {
      heal = healer;
      const waiting = early;
      early = [];
      for (const hash of waiting) tryHeal(hash);
    },
  };
}
