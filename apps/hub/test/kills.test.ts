import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { postgresPid, runHub, startTestHub, type TestHub, testFolder, token } from './test-hub.ts';
import { TestRegion } from './test-region.ts';

let folder: ReturnType<typeof testFolder>;
let running: TestHub | null = null;
const start = async (): Promise<TestHub> => {
  running = await startTestHub(folder.path);
  return running;
};
afterEach(async () => {
  await running?.end('SIGTERM');
  running = null;
  folder.remove();
});

const pulledNames = async (region: TestRegion): Promise<string[]> => {
  const pulled = await region.pull({ epoch: await region.epoch(), sequence: 0 });
  if (pulled.type !== 'rows') throw new Error('rows expected');
  return pulled.rows.map(({ operation }) => ('name' in operation ? operation.name : ''));
};

test('killed under pushes, again and again: what was acknowledged is there after each restart', async () => {
  folder = testFolder();
  const region = new TestRegion('beijing', (await start()).url);
  const replica = await region.register();
  const acknowledged: string[] = [];
  for (let life = 0; life < 4; life++) {
    const hub = running ?? (await start());
    region.hub = new TestRegion('beijing', hub.url).hub;
    expect(await region.register()).toBe(replica);
    expect(await pulledNames(region)).toEqual(expect.arrayContaining(acknowledged));
    const pushes = pushUntilRefused(region, acknowledged);
    await eventually(() => acknowledged.length).toBeGreaterThan(3 * (life + 1));
    await hub.end('SIGKILL');
    running = null;
    await pushes;
  }
  const names = await pulledNames(Object.assign(region, { hub: new TestRegion('beijing', (await start()).url).hub }));
  expect(names).toEqual(expect.arrayContaining(acknowledged));
  expect(new Set(names).size).toBe(names.length);
}, 240_000);

/** One at a time, each until it is acknowledged, so the one that was cut off is sent again in the next life. */
let unanswered: ReturnType<TestRegion['createFile']> | null = null;
async function pushUntilRefused(region: TestRegion, acknowledged: string[]): Promise<void> {
  for (;;) {
    unanswered ??= region.createFile(`file ${region.counter + 1}`);
    try {
      await region.push([unanswered]);
    } catch {
      return;
    }
    acknowledged.push(unanswered.name);
    unanswered = null;
  }
}

test('a Postgres that outlived its hub is stopped, and a pid file of a stranger is no obstacle', async () => {
  folder = testFolder();
  await (await start()).end('SIGTERM');
  // The pid of a process that is not Postgres: ours.
  writeFileSync(join(folder.path, 'postgres/postmaster.pid'), `${process.pid}\n${join(folder.path, 'postgres')}\n0\n7\n\n127.0.0.1\n`);
  writeFileSync(join(folder.path, 'hub.pid'), `${process.pid} another-boot 1`);
  const hub = await start();
  const orphan = postgresPid(folder.path);
  // Held still, it cannot follow its hub into the grave.
  process.kill(orphan, 'SIGSTOP');
  await hub.end('SIGKILL');
  const lines: Record<string, unknown>[] = [];
  const next = startTestHub(folder.path, {}, lines);
  await eventually(() => lines.map((line) => line['msg'])).toContain('a Postgres of an earlier hub still runs: stopping it');
  process.kill(orphan, 'SIGCONT');
  running = await next;
  expect(postgresPid(folder.path)).not.toBe(orphan);
});

test('killed while the cluster was being made, the next start makes it', async () => {
  folder = testFolder();
  mkdirSync(join(folder.path, 'postgres.new/base'), { recursive: true });
  writeFileSync(join(folder.path, 'postgres.password.new'), 'half');
  const hub = await start();
  expect((await fetch(`${hub.url}/readyz`)).status).toBe(200);
  expect(statSync(join(folder.path, 'postgres.password')).mode & 0o777).toBe(0o600);
});

test('what is left of a database that was removed under its server is set aside, and one is made', async () => {
  folder = testFolder();
  mkdirSync(join(folder.path, 'postgres/pg_wal'), { recursive: true });
  const hub = await start();
  expect(hub.lines.some(({ msg }) => String(msg).includes('set aside'))).toBe(true);
}, 120_000);

test('a second hub in one folder is refused, and the first goes on', async () => {
  folder = testFolder();
  const hub = await start();
  const second = await runHub([], { JZSE_TOKEN: token, JZSE_PORT: '0', JZSE_DATA: folder.path });
  expect(second.code).toBe(1);
  expect(second.out).toContain(`another hub (process ${hub.pid})`);
  expect((await fetch(`${hub.url}/readyz`)).status).toBe(200);
});

test('without its database a hub ends, so that it is started again', async () => {
  folder = testFolder();
  const hub = await start();
  process.kill(postgresPid(folder.path), 'SIGKILL');
  expect(await hub.ended).toBe(1);
  expect(hub.lines.some((line) => line['msg'] === 'the database ended by itself')).toBe(true);
  expect((await fetch(`${(await start()).url}/readyz`)).status).toBe(200);
});

test('told to stop, it ends its streams and its database, and exits with 0', async () => {
  folder = testFolder();
  const hub = await start();
  const region = new TestRegion('beijing', hub.url);
  await region.register();
  await region.listen();
  const postgres = postgresPid(folder.path);
  expect(await hub.end('SIGTERM')).toBe(0);
  running = null;
  region.stopListening();
  expect(() => process.kill(postgres, 0)).toThrow('ESRCH');
  // Closed properly: there is nothing to recover at the next start.
  expect(JSON.stringify((await start()).lines)).not.toContain('not properly shut down');
});
