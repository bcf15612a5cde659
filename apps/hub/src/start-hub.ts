import { resolve } from 'node:path';
import type { HubStore } from '@jzse/db/hub';
import { openHubStore } from '@jzse/db/hub';
import type { Logger } from 'pino';
import type { HubConfig } from './config.ts';
import { createWakeUpBoard, type SpaceHead } from './feed/wake-up-board.ts';
import { watchOtherHubs } from './feed/watch-other-hubs.ts';
import { createHubMetrics } from './hub-metrics.ts';
import { startEmbeddedPostgres } from './postgres/embedded-postgres.ts';
import { createServer } from './server.ts';
import { createHubServices } from './services.ts';

const readyMs = 2_000;

export interface HubDeps {
  readonly config: HubConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** The embedded Postgres ended by itself: this hub is of no use any more. */
  readonly onDatabaseDeath: (reason: string) => void;
  /** Aborted: stop starting. */
  readonly signal: AbortSignal;
}

export interface Hub {
  readonly url: string;
}

/** Puts the hub together and serves. What has to be undone is pushed to `closers`, also when the start fails half-way. */
export async function startHub(deps: HubDeps, closers: (() => Promise<void>)[]): Promise<Hub> {
  const { config, logger, signal } = deps;
  const databaseUrl = config.databaseUrl ?? (await startDatabase(deps, closers));
  signal.throwIfAborted();
  const store = await openHubStore({ databaseUrl });
  closers.push(() => store.close());
  for (const space of config.spaces) await store.createSpace(space);
  const board = createWakeUpBoard(await readHeads(store));
  signal.throwIfAborted();

  let onIntegrated: (operations: number) => void = () => undefined;
  const services = createHubServices({ ...deps, store, board, onIntegrated: (operations) => onIntegrated(operations) });
  const app = await createServer({ ...deps, services, token: config.token, ready: () => databaseAnswers(store) });
  onIntegrated = createHubMetrics(app.metrics, board).integrated;
  closers.push(() => app.close());
  closers.push(async () => board.close());
  if (config.databaseUrl !== null) {
    const stopWatching = watchOtherHubs({ store, board, logger });
    closers.push(async () => stopWatching());
  }
  return { url: await app.listen({ host: config.host, port: config.port }) };
}

async function startDatabase({ config, logger, onDatabaseDeath }: HubDeps, closers: (() => Promise<void>)[]): Promise<string> {
  const postgres = await startEmbeddedPostgres({ dataFolder: resolve(config.data), logger, onDeath: onDatabaseDeath });
  closers.push(() => postgres.stop());
  return postgres.databaseUrl;
}

async function readHeads(store: HubStore): Promise<SpaceHead[]> {
  const heads: SpaceHead[] = [];
  for (const space of await store.listSpaces()) heads.push({ space, head: (await store.head(space)).position });
  return heads;
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
