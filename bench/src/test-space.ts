import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type HubStore, openHubStore } from '@jzse/db/hub';
import { TestAuthor } from '@jzse/db/testing';
import { type Operation, regionId, rootId, spaceId } from '@jzse/sync';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../../apps/hub/src/postgres/embedded-postgres.ts';

export const benchSpace = spaceId('bench');
export const benchRegion = regionId('beijing');
/** Operations in one push, as an edge sends them. */
export const operationsPerPush = 500;
const filesPerFolder = 1_000;

/** A hub's store on an embedded Postgres as it is delivered: every batch is flushed. */
export async function startBenchHub(
  folder: string,
): Promise<{ readonly store: HubStore; readonly databaseUrl: string; stop(): Promise<void> }> {
  const logger = pino({ level: 'silent' });
  const postgres = await startEmbeddedPostgres({ dataFolder: join(folder, `hub-${randomUUID()}`), logger, onDeath: () => undefined });
  const store = await openHubStore({ databaseUrl: postgres.databaseUrl });
  await store.createSpace(benchSpace);
  return {
    store,
    databaseUrl: postgres.databaseUrl,
    stop: async () => {
      await store.close();
      await postgres.stop();
    },
  };
}

/** Creates of this many files in new folders of a thousand; each changes one entry. */
export function manyFiles(author: TestAuthor, files: number): Operation[] {
  const operations: Operation[] = [];
  let folder = rootId;
  for (let index = 0; index < files; index++) {
    if (index % filesPerFolder === 0) {
      const made = author.createFolder(rootId, `folder ${author.replica} ${author.counter}`);
      operations.push(made);
      folder = made.entryId;
    }
    operations.push(author.createFile(folder, `file ${index}.txt`));
  }
  return operations;
}

export const benchAuthor = (): TestAuthor => new TestAuthor('beijing:1');

export function pushesOf(operations: readonly Operation[]): Operation[][] {
  const pushes: Operation[][] = [];
  for (let at = 0; at < operations.length; at += operationsPerPush) pushes.push(operations.slice(at, at + operationsPerPush));
  return pushes;
}

export async function integrateAll(store: HubStore, operations: readonly Operation[]): Promise<void> {
  const { position } = await store.head(benchSpace);
  for (const push of pushesOf(operations))
    await store.integrate({ space: benchSpace, epoch: position.epoch, region: benchRegion, operations: push, nowMs: Date.now() });
}

/** Seconds that `work` takes. */
export async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
