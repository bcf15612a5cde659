import type { Operation, RegionId, SpaceId } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHubStore } from '../src/hub/index.ts';
import { TestAuthor, testContent } from '../src/testing/index.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

const space = 'demo' as SpaceId;
const region = 'beijing' as RegionId;
const nowMs = 1_000_000;
const batchSize = 1000;

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

/** Rows that Postgres read and wrote. Sessions tell of theirs when they end at the latest, so all of the store's must have. */
async function rowsTouched(databaseUrl: string): Promise<number> {
  const admin = postgres(databaseUrl, { max: 1 });
  try {
    for (;;) {
      const open = await admin`SELECT FROM pg_stat_activity WHERE application_name = 'jzse-hub' AND datname = current_database()`;
      if (open.length === 0) break;
    }
    const [row] = await admin<{ readonly rows: number }[]>`
      SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) + n_tup_ins + n_tup_upd + n_tup_del)::integer AS rows
      FROM pg_stat_user_tables`;
    return row?.rows ?? 0;
  } finally {
    await admin.end();
  }
}

/** In a store of its own: what opening it costs is the same for all. */
async function costOf(databaseUrl: string, operations: readonly Operation[]): Promise<number> {
  const before = await rowsTouched(databaseUrl);
  const store = await openHubStore({ databaseUrl, poolMax: 1 });
  for (let at = 0; at < operations.length; at += batchSize)
    await store.integrate({ space, epoch: 0, region, operations: operations.slice(at, at + batchSize), nowMs });
  await store.close();
  return (await rowsTouched(databaseUrl)) - before;
}

test('[SY8] [SY13] what merging one entry and keeping the digest cost does not depend on how large the space and the folder are', async () => {
  const databaseUrl = await server.createDatabase();
  const store = await openHubStore({ databaseUrl });
  await store.createSpace(space);
  await store.close();
  const author = new TestAuthor('beijing:1');
  const other = new TestAuthor('shanghai:1');
  const folder = author.createFolder(rootId, 'd');
  const files = (count: number) =>
    Array.from({ length: count }, () => author.createFile(folder.entryId, `f${author.counter}`, testContent('same')));
  /** A write, an unseen one, and what settles both. */
  const conflict = () => {
    const file = author.createFile(folder.entryId, `merge${author.counter}`, testContent(`a${author.counter}`));
    const [left, right] = [author.write(file.entryId, [file.dot]), other.write(file.entryId, [file.dot])];
    return [file, left, right, author.resolve(file.entryId, [left.dot, right.dot], testContent(`merged${author.counter}`))];
  };
  await costOf(databaseUrl, [folder, ...conflict(), ...files(200)]);
  const small = await costOf(databaseUrl, conflict());
  const filling = await costOf(databaseUrl, files(8000));
  const large = await costOf(databaseUrl, conflict());
  expect(filling).toBeGreaterThan(8000);
  // Not the same number: Postgres may choose another index as the tables grow.
  expect(large).toBeLessThan(2 * small);
  expect(small).toBeLessThan(500);
});
