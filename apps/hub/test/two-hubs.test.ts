import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startTestHub, type TestHub, testFolder } from './test-hub.ts';
import { demo, TestRegion } from './test-region.ts';

const folder = testFolder();
const hubs: TestHub[] = [];
beforeAll(async () => {
  const first = await startTestHub(join(folder.path, 'first'));
  hubs.push(first);
  const password = readFileSync(join(folder.path, 'first/postgres.password'), 'utf8').trim();
  const port = readFileSync(join(folder.path, 'first/postgres/postmaster.pid'), 'utf8').split('\n')[3];
  const environment = { JZSE_DATABASE_URL: `postgres://jzse:${password}@127.0.0.1:${port}/postgres` };
  hubs.push(...(await Promise.all(['second', 'third'].map((name) => startTestHub(join(folder.path, name), environment)))));
});
afterAll(async () => {
  for (const hub of hubs.toReversed()) await hub.end('SIGTERM');
  folder.remove();
});

test('two hubs on one Postgres: what one integrates, the regions of the other hear of', async () => {
  const beijing = new TestRegion('beijing', hubs[1]?.url ?? '');
  const shanghai = new TestRegion('shanghai', hubs[2]?.url ?? '');
  await Promise.all([beijing.register(), shanghai.register()]);
  await shanghai.listen();
  await beijing.push([beijing.createFile('a.txt')]);
  await eventually(() => shanghai.headSeen()?.sequence).toBe(1);
  await eventually(() => shanghai.wakeUps.slice(1).some(({ transfers }) => transfers)).toBe(true);
  await shanghai.admin.createSpace.mutate({ space: 'plans' as never });
  await eventually(async () => (await beijing.hub.status.query()).spaces.map(({ space }) => space)).toEqual([demo, 'plans']);
  shanghai.stopListening();
});
