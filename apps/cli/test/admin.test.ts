import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../src/run-command.ts';
import { edgeEntry, hubEntry } from '../src/server-entries.ts';
import { runCluster } from '../src/up/run-cluster.ts';
import { captureCli } from './captured-cli.ts';
import { freePortBase } from './free-ports.ts';

/** What operators do, against a real hub and three real edges, which `up` runs. */
let folder: string;
let cluster: Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jzse-admin-'));
  const cli = captureCli(folder);
  const portBase = await freePortBase();
  const data = join(folder, '.jzse');
  cluster = runCluster(cli, { data, portBase, json: true, rawLogs: false, entries: { hub: hubEntry, edge: edgeEntry } });
  await Promise.race([cluster, once(cli.stdout, 'data')]);
}, 120_000);
afterAll(async () => {
  process.emit('SIGTERM');
  await cluster;
  await rm(folder, { recursive: true });
}, 60_000);

const jzse = (...args: string[]) => jzseWith('', ...args);
async function jzseWith(input: string, ...args: string[]) {
  const cli = captureCli(folder, {}, input);
  const code = await runCommand(args, cli);
  return { code, out: cli.out(), err: cli.err() };
}
async function json(...args: string[]) {
  const { code, out, err } = await jzse('--json', ...args);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
}
const put = (path: string, text = path) => jzseWith(text, 'put', '-', `demo:${path}`);
const headOf = async () => (await json('verify', 'demo')).position.sequence as number;
const untilEqual = () => expect.poll(async () => (await jzse('verify', 'demo')).code, { timeout: 20_000 }).toBe(0);

test('verify says that all regions are equal, of one space or of all', async () => {
  expect(await put('/docs/a.txt')).toMatchObject({ code: 0 });
  await untilEqual();
  const { code, out } = await jzse('verify', 'demo');
  expect(code).toBe(0);
  expect(out).toMatch(/^demo: all regions are equal at change \d+, epoch \d+; digest [0-9a-f]{16}\n/);
  expect(out).toMatch(/REGION +STATE +CHANGE +DIGEST\n/);
  for (const region of ['beijing', 'shanghai', 'shenzhen']) expect(out).toMatch(new RegExp(`${region} +equal +\\d+ +[0-9a-f]{16}\n`));
  const [demo] = await json('verify', '--deep');
  expect(demo).toMatchObject({ space: 'demo', equal: true });
  expect(demo.regions.map(({ region, state, digest }: Record<string, string>) => [region, state, digest])).toEqual(
    ['beijing', 'shanghai', 'shenzhen'].map((region) => [region, 'equal', demo.digest]),
  );
  expect(await jzse('verify', 'unknown')).toMatchObject({ code: 4, out: '', err: expect.stringContaining('unknown') });
  expect(await jzse('--json', 'verify', 'unknown')).toMatchObject({ code: 4, out: '' });
  expect(await jzse('verify', 'demo', 'more')).toMatchObject({ code: 2 });
  expect(await jzse('--edge', 'http://127.0.0.1:1', 'verify', 'demo')).toMatchObject({ code: 3, out: '' });
});

test('verify finds a region that has come to other rows, names it, and repairs it', async () => {
  expect(await put('/docs/broken.txt')).toMatchObject({ code: 0 });
  await expect.poll(async () => (await jzse('--region', 'shanghai', 'cat', 'demo:/docs/broken.txt')).code, { timeout: 20_000 }).toBe(0);
  await untilEqual();
  const database = new DatabaseSync(join(folder, '.jzse/shanghai/region.db'));
  database.exec('PRAGMA busy_timeout = 5000');
  const broken = database.prepare(
    `UPDATE entry SET state = replace(state, '"broken.txt"', '"rotten.txt"') WHERE state LIKE '%"broken.txt"%'`,
  );
  expect(broken.run().changes).toBe(1);
  database.close();
  const { code, out } = await jzse('verify', 'demo', '--deep');
  expect(code).toBe(1);
  expect(out).toContain('demo: not all regions are equal');
  expect(out).toMatch(/shanghai +diverged since change \d+/);
  expect(out).toContain('shanghai differs');
  const told = await jzse('--json', 'verify', 'demo', '--deep');
  expect(told.code).toBe(1);
  const { equal, regions } = JSON.parse(told.out);
  expect([equal, regions.map(({ state }: { state: string }) => state)]).toEqual([false, ['equal', 'diverged', 'equal']]);
  const repaired = await jzse('verify', 'demo', '--deep', '--repair');
  expect(repaired).toMatchObject({ code: 0, out: expect.stringContaining('all regions are equal') });
  const events = await json('admin', 'events');
  const ofShanghai = events.filter(({ space, region }: { space: string; region: string }) => space === 'demo' && region === 'shanghai');
  expect(ofShanghai.map(({ type }: { type: string }) => type)).toEqual(['diverged', 'converged']);
});

test('policies are read, replaced and checked', async () => {
  const { revision, policy } = await json('admin', 'policy', 'get', 'demo');
  expect(policy).toMatchObject({ merge: [], doors: { sharePercent: 30 } });
  expect(JSON.parse((await jzse('admin', 'policy', 'get', 'demo')).out)).toEqual(policy);
  await writeFile(join(folder, 'policy.json'), '{"merge": [{"glob": "*.md", "strategy": "text"}]}');
  const set = await json('admin', 'policy', 'set', 'demo', 'policy.json');
  expect(set).toMatchObject({ policy: { ...policy, merge: [{ glob: '*.md', strategy: 'text' }] } });
  expect(set.revision).toBeGreaterThan(revision);
  const doors = await jzseWith('{"doors": {"entriesMin": 5}}', 'admin', 'policy', 'set', 'demo');
  expect(doors).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(doors.out), 'what the JSON leaves out is the default').toEqual({
    ...policy,
    doors: { ...policy.doors, entriesMin: 5 },
  });
  for (const [input, message] of [
    ['{"merge"', 'the policy is not JSON'],
    ['{"doors": {"sharePercent": 0}}', 'the policy is not valid: doors.sharePercent'],
    ['{"dors": {}}', 'the policy is not valid'],
  ] as const)
    expect(await jzseWith(input, 'admin', 'policy', 'set', 'demo')).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining(message),
    });
  expect(await jzse('admin', 'policy', 'set', 'demo', 'no-such-file.json')).toMatchObject({ code: 4, out: '' });
  expect(await jzse('admin', 'policy', 'get', 'unknown')).toMatchObject({ code: 4, out: '' });
});

test('doors are listed, opened, taken back, and told of beforehand', async () => {
  expect((await jzse('admin', 'doors')).out).toBe('no door is closed\n');
  expect(await json('admin', 'doors', 'list')).toEqual([]);
  const fill = async (name: string) => {
    for (let at = 0; at < 20; at++) await put(`/${name}/${at}`);
  };
  const list = async (name: string) => (await jzse('ls', `demo:/${name}`)).code;
  await fill('one');
  // The edge has the policy by now, or soon.
  await expect
    .poll(async () => (await jzse('rm', '-r', 'demo:/one')).code === 0 && (await json('admin', 'doors')).length, { timeout: 20_000 })
    .toBe(1);
  const [door] = await json('admin', 'doors');
  expect(door).toMatchObject({ space: 'demo', entries: 20, reason: expect.stringContaining('deleted, moved or rewrote 20 of') });
  expect((await jzse('admin', 'doors', 'list')).out).toMatch(/SPACE +CLOSED +BY +ENTRIES +WHY\ndemo /);
  expect(await jzse('admin', 'doors', 'undo', 'demo')).toMatchObject({
    code: 0,
    out: 'the change in demo is undone, and the door is open\n',
  });
  expect([await json('admin', 'doors'), await list('one')]).toEqual([[], 0]);

  await jzse('rm', '-r', 'demo:/one');
  expect(await json('admin', 'doors')).toHaveLength(1);
  expect(await jzse('admin', 'doors', 'open', 'demo')).toMatchObject({ code: 0, out: 'the door of demo is open\n' });
  expect([await json('admin', 'doors'), await list('one')]).toEqual([[], 4]);
  expect(await jzse('admin', 'doors', 'undo', 'demo'), 'none is closed').toMatchObject({ code: 4, out: '' });

  await fill('two');
  const allowed = await json('admin', 'doors', 'allow', 'demo', '--for', '2m');
  expect(allowed.untilMs).toBeGreaterThan(Date.now() + 60_000);
  await jzse('rm', '-r', 'demo:/two');
  expect(await json('admin', 'doors')).toEqual([]);
  expect((await jzse('admin', 'doors', 'allow', 'demo')).out).toMatch(/^the door of demo stays open until 2\d{3}-/);
  expect(await jzse('admin', 'doors', 'allow', 'demo', '--for', 'long')).toMatchObject({
    code: 2,
    err: expect.stringContaining('10m or 2h'),
  });
});

test('events are listed, and followed as they come', async () => {
  const types = (events: readonly { readonly type: string }[]) => events.map(({ type }) => type);
  await expect.poll(async () => types(await json('admin', 'events')), { timeout: 20_000 }).toContain('door-opened');
  const events = await json('admin', 'events');
  expect(events.map(({ sequence }: { sequence: number }) => sequence)).toEqual(events.map((_: unknown, at: number) => at + 1));
  const { out } = await jzse('admin', 'events');
  expect(out.split('\n')).toHaveLength(events.length + 1);
  expect(out).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}\S+ +demo \w+ {2}\{/m);

  const cli = captureCli(folder);
  const following = runCommand(['--json', 'admin', 'events', '--follow'], cli);
  await expect.poll(() => cli.out().split('\n').length, { timeout: 20_000 }).toBe(events.length + 1);
  await jzse('spaces', 'create', 'other');
  await jzse('admin', 'rebuild-hub', 'other', '--from', 'nowhere');
  cli.abort.abort();
  expect(await following).toBe(0);
  for (const line of cli.out().trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ sequence: expect.any(Number) });
});

test('a backup is noted with the time at which it was begun, and marks no more', async () => {
  expect(await jzse('admin', 'backup-done')).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--began 20') });
  expect(await jzse('admin', 'backup-done', '--began', 'yesterday')).toMatchObject({ code: 2, out: '' });
  expect(await jzse('admin', 'backup-done', '--began', 'beijing@now')).toMatchObject({ code: 2, out: '' });
  expect(await jzse('admin', 'backup-done', '--began', '2999-01-01')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('has not begun'),
  });
  expect(await jzse('admin', 'backup-done', 'unknown', '--began', 'now')).toMatchObject({ code: 4, out: '' });
  await untilEqual();
  const head = await headOf();
  const [demo] = await json('admin', 'backup-done', 'demo', '--began', 'now');
  expect(demo).toMatchObject({ space: 'demo', head });
  expect(demo.safe, 'rows of the last minute may have come while it ran').toBeLessThan(head);
  expect((await jzse('admin', 'backup-done', '--began', '2020-01-01T00:00:00Z')).out).toContain(
    `demo: safe up to change ${demo.safe} of ${head}\n`,
  );
  expect((await jzse('admin', 'backup-done', '--help')).out).toContain('pg_dump');
});

test('a hub is rebuilt only where its log is empty, or lacks what a region knows', async () => {
  const begun = await jzse('admin', 'rebuild-hub', 'demo');
  expect(begun).toMatchObject({ code: 1, err: '', out: expect.stringContaining('the log of demo has begun') });
  const told = await jzse('--json', 'admin', 'rebuild-hub', 'demo', '--replace');
  expect(told.code).toBe(1);
  expect(JSON.parse(told.out)).toEqual({
    directory: expect.objectContaining({ awaited: [] }),
    spaces: [{ space: 'demo', from: null, error: expect.stringContaining('follows it already') }],
  });
  const away = await jzse('admin', 'rebuild-hub', 'demo', '--replace', '--from', 'wuhan');
  expect(away).toMatchObject({ code: 1, out: expect.stringContaining('region wuhan is not connected') });
  expect(await jzse('admin', 'rebuild-hub', 'unknown')).toMatchObject({ code: 1, out: expect.stringContaining('unknown') });
  expect(await jzse('--hub', 'http://127.0.0.1:1', 'admin', 'rebuild-hub')).toMatchObject({ code: 3, out: '' });
  const elsewhere = captureCli(tmpdir());
  expect(await runCommand(['admin', 'rebuild-hub'], elsewhere)).toBe(2);
  expect(elsewhere.err()).toContain('no hub is known');
  expect((await json('verify', 'demo')).equal).toBe(true);
});
