import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SpaceId } from '@jzse/sync';
import { afterAll, beforeAll } from 'vitest';
import { openHubStore } from '../src/hub/index.ts';
import { openRegionStore } from '../src/region/index.ts';
import { describeMetadataStore } from '../src/testing/index.ts';
import { TestHubLog } from './test-hub-log.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

describeMetadataStore('the region store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-region-'));
  const store = openRegionStore({ file: join(folder, 'region.db'), nowMs: () => 0 });
  const logs = new Map<SpaceId, TestHubLog>();
  return {
    store,
    take: async (space, operations) => {
      const log = logs.get(space) ?? new TestHubLog();
      logs.set(space, log);
      await store.applyFeed(
        space,
        operations.map((operation) => log.take(operation)),
      );
    },
    remove: async () => {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
});

describeMetadataStore('the hub store', async () => {
  const store = await openHubStore({ databaseUrl: await postgres.createDatabase() });
  return {
    store,
    take: async (space, operations) => {
      const region = operations[0]?.author.region;
      if (region !== undefined) await store.integrate({ space, epoch: 0, region, operations, nowMs: 10_000 });
    },
    remove: () => store.close(),
  };
});
