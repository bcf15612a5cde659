import { afterAll, beforeAll } from 'vitest';
import { openHubStore } from '../src/hub/index.ts';
import { describeHubStore } from '../src/testing/index.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

describeHubStore('the hub store on Postgres', async () => {
  const store = await openHubStore({ databaseUrl: await postgres.createDatabase(), poolMax: 3 });
  return { store, remove: () => store.close() };
});
