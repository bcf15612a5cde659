import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import postgres from 'postgres';
import { startEmbeddedPostgres } from '../../../apps/hub/src/postgres/embedded-postgres.ts';

/** A Postgres of this test file alone. */
export interface TestPostgres {
  /** The URL of a new, empty database. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** The hub's own one: it also starts below folders that are closed to others. Without flushes, since no power cut is meant here. */
export async function startTestPostgres(): Promise<TestPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-postgres-'));
  const logger = pino({ level: 'silent' });
  const server = await startEmbeddedPostgres({ dataFolder: folder, logger, onDeath: () => undefined });
  const admin = postgres(server.databaseUrl, { max: 1, onnotice: () => undefined });
  await admin`ALTER SYSTEM SET fsync = off`;
  await admin`SELECT pg_reload_conf()`;
  return {
    createDatabase: async () => {
      const name = `test_${randomUUID().replaceAll('-', '')}`;
      await admin`CREATE DATABASE ${admin(name)}`;
      const url = new URL(server.databaseUrl);
      url.pathname = `/${name}`;
      return url.href;
    },
    stop: async () => {
      await admin.end();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
