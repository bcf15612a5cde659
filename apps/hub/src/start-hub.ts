import { resolve } from 'node:path';
import type { OidcOffer } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { openHubStore, openIdentityStore } from '@jzse/db/hub';
import { followTls, type ServerRun, trustAuthority } from '@jzse/gateway';
import { openAudit } from './audit/open-audit.ts';
import { composeHub } from './compose-hub.ts';
import type { HubConfig } from './config.ts';
import { epochAt } from './epochs/epoch-time.ts';
import { lifeAt } from './epochs/life-time.ts';
import { watchOtherHubs } from './feed/watch-other-hubs.ts';
import { type IsPlaced, openFleetView } from './fleet/fleet-view.ts';
import { openFleet } from './fleet/open-fleet.ts';
import { serveByAuthority } from './fleet/tls/serve-by-authority.ts';
import { createHubMetrics } from './hub-metrics.ts';
import { composeIdentity } from './identity/compose-identity.ts';
import { startIdentityWork } from './identity/identity-work.ts';
import { watchDirectory } from './identity/watch-directory.ts';
import { startEmbeddedPostgres } from './postgres/embedded-postgres.ts';
import { createServer } from './server.ts';

const readyMs = 2_000;
export interface HubDeps extends ServerRun<HubConfig> {
  readonly version: string;
  readonly nowMs: () => number;
}

export interface Hub {
  readonly url: string;
}

/** Puts the hub together and serves. */
export async function startHub(deps: HubDeps): Promise<Hub> {
  const { config, logger, signal, closers } = deps;
  trustAuthority(config.ca);
  const databaseUrl = config.databaseUrl ?? (await startDatabase(deps));
  signal.throwIfAborted();
  const store = await openHubStore({ databaseUrl, nowMs: deps.nowMs, firstEpoch: epochAt, firstLife: lifeAt });
  closers.push(() => store.close());
  const directory = await openIdentityStore({ databaseUrl });
  closers.push(() => directory.close());
  for (const space of config.spaces) await store.createSpace(space);
  let onIntegrated: (operations: number) => void = () => undefined;
  const { nowMs, version } = deps;
  const { feedKeepDays, maintainEveryMs } = config;
  const reportIntegrated = (operations: number): void => onIntegrated(operations);
  const view = await openFleetView(directory);
  const isPlaced: IsPlaced = (region, space) => view.member(region) === null || view.isPlaced(region, space);
  const hub = await composeHub({ store, version, nowMs, logger, feedKeepDays, maintainEveryMs, isPlaced, onIntegrated: reportIntegrated });
  const { board, policies } = hub;
  signal.throwIfAborted();

  const directoryChanged = board.directoryAt;
  const identity = await composeIdentity({
    store: directory,
    hub: store,
    nowMs,
    directoryChanged,
    oidc: oidcOffer(config),
    firstAdmin: config,
  });
  directoryChanged((await directory.head()).revision);
  const audit = await openAudit({ databaseUrl, events: store, nowMs, logger });
  closers.push(() => audit.close());
  const { askAboutDirectory } = board;
  const parts = { services: hub.services, hub: store, nowMs, directoryChanged, askAboutDirectory, note: audit.note };
  const fleet = await openFleet({ databaseUrl, tls: config.tls, directory, view, ...parts });
  closers.push(() => fleet.close());
  const app = await createServer({ ...deps, fleet, identity, audit, ready: () => databaseAnswers(store) });
  onIntegrated = createHubMetrics(app.metrics, board).integrated;
  closers.push(() => app.close());
  const stopFollowing = followTls(app, config, logger);
  closers.push(async () => stopFollowing());
  if (fleet.authority !== null) {
    const stopRenewing = serveByAuthority(app, { authority: fleet.authority, hub: config, nowMs });
    closers.push(async () => stopRenewing());
  }
  closers.push(async () => board.close());
  if (config.databaseUrl !== null) {
    const lookAtDirectory = watchDirectory({ store: directory, identity, fleet, board });
    const stopWatching = watchOtherHubs({ store, board, policies, lookAtDirectory, logger });
    closers.push(async () => stopWatching());
  }
  const work = hub.startWork();
  closers.push(() => work.stop());
  const identityWork = startIdentityWork({ ...identity, store: directory, nowMs, logger });
  closers.push(() => identityWork.stop());
  return { url: await app.listen({ host: config.host, port: config.port }) };
}

function oidcOffer({ oidcIssuer, oidcName, url }: HubConfig): OidcOffer | null {
  return oidcIssuer === null || url === null ? null : { provider: oidcName ?? new URL(oidcIssuer).hostname, startUrl: `${url}/oidc/start` };
}

async function startDatabase({ config, logger, signal, closers, die }: HubDeps): Promise<string> {
  const onDeath = (reason: string): void => {
    if (!signal.aborted) die(new Error(reason), 'the database ended by itself');
  };
  const postgres = await startEmbeddedPostgres({ dataFolder: resolve(config.data), logger, onDeath });
  closers.push(() => postgres.stop());
  return postgres.databaseUrl;
}

async function databaseAnswers(store: Pick<HubStore, 'listSpaces'>): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolveLate) => {
    timer = setTimeout(() => resolveLate('the database does not answer'), readyMs);
  });
  const answer = store.listSpaces().then(
    () => null,
    () => 'the database refuses to answer',
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
