import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCluster } from '../src/cluster-file.ts';
import { planCluster } from '../src/up/cluster-plan.ts';
import { openDataFolder } from '../src/up/data-folder.ts';
import { humanLine } from '../src/up/human-logs.ts';
import { runCluster } from '../src/up/run-cluster.ts';
import { type CapturedCli, captureCli } from './captured-cli.ts';
import { freePortBase } from './free-ports.ts';

const fake = new URL('./fake-server.ts', import.meta.url);
const failing = new URL('./failing-server.ts', import.meta.url);
let folder: string;
let data: string;
let portBase: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jzse-up-'));
  data = join(folder, 'data');
  portBase = await freePortBase();
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (cli: CapturedCli, entries = { hub: fake, edge: fake }) =>
  runCluster(cli, { data, portBase, json: true, rawLogs: false, entries });
const stop = () => process.emit('SIGTERM');
const ask = async (url: string, path = '/') => (await fetch(url + path)).json() as Promise<Record<string, unknown>>;

test('one line when all is ready, a token nobody else can read, and nothing left behind', async () => {
  const cli = captureCli(folder);
  const running = run(cli);
  await expect.poll(() => cli.out(), { timeout: 20_000 }).toContain('\n');
  const ready = JSON.parse(cli.out());
  expect(ready).toMatchObject({ ready: true, space: 'demo', hub: { url: `http://127.0.0.1:${portBase}` } });
  expect(ready.regions.map(({ id, url }: { id: string; url: string }) => [id, url])).toEqual([
    ['beijing', `http://127.0.0.1:${portBase + 100}`],
    ['shanghai', `http://127.0.0.1:${portBase + 101}`],
    ['shenzhen', `http://127.0.0.1:${portBase + 102}`],
  ]);
  expect(await ask(ready.regions[1].url)).toEqual({
    region: 'shanghai',
    hub: ready.hub.url,
    data: join(data, 'shanghai'),
    pid: ready.regions[1].pid,
  });
  expect((await stat(data)).mode & 0o777).toBe(0o700);
  expect((await stat(join(data, 'token'))).mode & 0o777).toBe(0o600);
  expect((await stat(join(data, 'cluster.json'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(data, 'token'), 'utf8')).toBe(`${ready.token}\n`);
  expect(await readFile(join(data, 'shanghai', 'enrol-token'), 'utf8')).toBe('jzse_enrol_fake\n');
  expect((await stat(join(data, 'shanghai', 'enrol-token'))).mode & 0o777).toBe(0o600);
  expect(cli.err()).toMatch(/beijing\s+info\s+listening port=\d+/);
  stop();
  await running;
  expect(cli.out().split('\n')).toHaveLength(2);
  expect(await readCluster(data)).toBeNull();
  expect(cli.err().lastIndexOf('hub')).toBeGreaterThan(cli.err().lastIndexOf('shenzhen'));
});

test('a process that dies is started again, on the same port, and the cluster file knows', async () => {
  const cli = captureCli(folder);
  const running = run(cli);
  await expect.poll(() => cli.out(), { timeout: 20_000 }).toContain('\n');
  const before = JSON.parse(cli.out());
  for (const url of [before.hub.url, before.regions[0].url]) {
    const { pid } = await ask(url);
    await fetch(`${url}/die`).catch(() => {});
    await expect
      .poll(
        () =>
          ask(url).then(
            (answer) => answer['pid'] !== pid,
            () => false,
          ),
        { timeout: 20_000 },
      )
      .toBe(true);
  }
  await expect.poll(async () => (await readCluster(data))?.hub.pid === before.hub.pid).toBe(false);
  const after = await readCluster(data);
  expect(after?.hub.pid).toBe((await ask(before.hub.url))['pid']);
  expect(after?.regions[0]?.pid).toBe((await ask(before.regions[0].url))['pid']);
  expect(after?.regions[1]?.pid).toBe(before.regions[1].pid);
  stop();
  await running;
});

test('a second one in the same folder, and a taken port, are told at once', async () => {
  const holder = await openDataFolder(data);
  await expect(run(captureCli(folder))).rejects.toMatchObject({
    code: 'already-exists',
    message: expect.stringContaining(`pid ${process.pid}`),
  });
  await holder.release();
  const taken = createServer().listen(portBase + 101, '127.0.0.1');
  await expect(run(captureCli(folder))).rejects.toMatchObject({ message: expect.stringContaining(`port ${portBase + 101} is in use`) });
  taken.close();
});

test('a lock that a crash left behind is no lock', async () => {
  const first = await openDataFolder(data);
  await writeFile(join(data, 'up.lock'), JSON.stringify({ pid: process.pid, started: '1' }));
  const second = await openDataFolder(data);
  expect(second.token).toBe(first.token);
  await writeFile(join(data, 'up.lock'), '');
  await (await openDataFolder(data)).release();
});

test('a server that cannot start ends the start, with what it said', async () => {
  const cli = captureCli(folder);
  await expect(run(cli, { hub: failing, edge: fake })).rejects.toMatchObject({
    message: expect.stringContaining('hub does not start (exit 7)'),
  });
  expect(cli.err()).toContain('there is no disk');
  expect(cli.out()).toBe('');
});

test('servers inherit no setting that is meant for others', () => {
  const environment = { PATH: '/bin', JZSE_EDGE_URL: 'x', JZSE_TOKEN: 'other', JZSE_LOG_LEVEL: 'warn', JZSE_DATABASE_URL: 'postgres://x' };
  const plan = planCluster({ data, portBase: 7300, token: 'secret', entries: { hub: fake, edge: fake }, environment });
  expect(plan.hub.environment).toMatchObject({
    PATH: '/bin',
    JZSE_TOKEN: 'secret',
    JZSE_LOG_LEVEL: 'warn',
    JZSE_DATABASE_URL: 'postgres://x',
    JZSE_SPACES: 'demo',
  });
  expect(plan.edges[2]?.environment).toMatchObject({ JZSE_REGION: 'shenzhen', JZSE_PORT: '7402', JZSE_HUB_URL: 'http://127.0.0.1:7300' });
  for (const { environment: own } of [plan.hub, ...plan.edges]) expect(own).not.toHaveProperty('JZSE_EDGE_URL');
  for (const { environment: own } of plan.edges) expect(own).not.toHaveProperty('JZSE_TOKEN');
  expect(plan.edges[0]?.environment).not.toHaveProperty('JZSE_DATABASE_URL');
});

test('log lines are for people', () => {
  const style = { colours: false, raw: false, nameWidth: 8 };
  const line = JSON.stringify({
    level: 40,
    time: 0,
    pid: 1,
    hostname: 'x',
    msg: 'hub is away',
    err: { message: 'refused', code: 'E1', stack: 'at' },
    waitMs: 5,
  });
  expect(humanLine(line, { name: 'beijing', index: 1 }, style)).toMatch(
    /^\d\d:\d\d:\d\d beijing {2}WARN {2}hub is away: refused \(E1\) waitMs=5$/,
  );
  expect(humanLine('no json', { name: 'hub', index: 0 }, style)).toBe('hub       no json');
  expect(humanLine(line, { name: 'hub', index: 0 }, { ...style, raw: true })).toBe(`hub       ${line}`);
});
