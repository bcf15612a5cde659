import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand } from '../src/run-command.ts';
import { edgeEntry, hubEntry } from '../src/server-entries.ts';
import { runCluster } from '../src/up/run-cluster.ts';
import { captureCli } from './captured-cli.ts';
import { freePortBase } from './free-ports.ts';

/** Every command against a real hub and three real edges, which `up` runs. */
let folder: string;
let cluster: Promise<void>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jzse-cli-'));
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

async function jzse(...args: string[]) {
  return jzseWith('', ...args);
}
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
const done = { code: 0, err: '' };

test('a folder goes up, is seen in another region, and comes back the same', async () => {
  const large = randomBytes(5_000_000);
  await mkdir(join(folder, 'photos/2024/empty'), { recursive: true });
  await writeFile(join(folder, 'photos/a.jpg'), large);
  await writeFile(join(folder, 'photos/2024/ü b#?%.txt'), 'hello');
  await utimes(join(folder, 'photos/a.jpg'), 1_000_000, 1_000_000);
  expect(await json('put', 'photos', 'demo:/photos')).toMatchObject({ files: 2, bytes: 5_000_005, failed: 0 });
  expect(await json('put', 'photos', 'demo:/photos')).toMatchObject({ files: 2, sentBytes: 0 });
  expect((await jzse('tree', 'demo:/photos')).out).toBe(
    'demo:/photos\n├── 2024/\n│   ├── empty/\n│   └── ü b#?%.txt  5 B\n└── a.jpg  4.8 MiB\n2 folders, 2 files, 4.8 MiB\n',
  );
  await expect
    .poll(async () => (await jzse('--region', 'shenzhen', 'cat', 'demo:/photos/2024/ü b#?%.txt')).out, { timeout: 20_000 })
    .toBe('hello');
  await expect.poll(async () => (await jzse('--region', 'shanghai', 'tree', 'demo:/photos')).out, { timeout: 20_000 }).toContain('a.jpg');
  expect(await json('--region', 'shanghai', 'get', 'demo:/photos', 'copy')).toMatchObject({ files: 2, bytes: 5_000_005 });
  expect((await readFile(join(folder, 'copy/a.jpg'))).equals(large)).toBe(true);
  expect((await stat(join(folder, 'copy/a.jpg'))).mtimeMs).toBe(1_000_000_000);
  expect((await readdir(join(folder, 'copy'), { recursive: true })).sort()).toEqual(['2024', '2024/empty', '2024/ü b#?%.txt', 'a.jpg']);
});

test('every version is kept, and can be had', async () => {
  for (const text of ['first', 'second']) expect(await jzseWith(text, 'put', '-', 'demo:/h/note.txt')).toMatchObject(done);
  const versions = await json('history', 'demo:/h/note.txt');
  expect(versions.map(({ size, current }: { size: number; current: boolean }) => [size, current])).toEqual([
    [6, true],
    [5, false],
  ]);
  expect((await jzse('cat', 'demo:/h/note.txt', '--at', versions[1].version)).out).toBe('first');
  expect(await jzse('get', 'demo:/h/note.txt', 'old.txt', '--at', versions[1].version)).toMatchObject(done);
  expect(await readFile(join(folder, 'old.txt'), 'utf8')).toBe('first');
  expect((await jzse('history', 'demo:/h/note.txt')).out).toMatch(
    /VERSION +SIZE +CHANGED +REGION +BY +MADE FROM\nbeijing:\d+\/\d+ +6 B .* beijing .* current\n/,
  );
});

test('files go to a place or into it, as it is written', async () => {
  await writeFile(join(folder, 'one.txt'), '1');
  await writeFile(join(folder, 'two.txt'), '22');
  await mkdir(join(folder, 'set'), { recursive: true });
  await writeFile(join(folder, 'set/three.txt'), '333');
  await jzse('put', 'one.txt', 'demo:/p/renamed.txt');
  await jzse('put', 'one.txt', 'demo:/p/new/');
  await jzse('put', 'one.txt', 'demo:/p');
  await jzse('put', 'one.txt', 'two.txt', 'set', 'demo:/p/all');
  await jzse('put', 'set', 'demo:/p/new/');
  const paths = (await json('tree', 'demo:/p')).map(({ path }: { path: string }) => path).sort();
  expect(paths).toEqual([
    '/p/all',
    '/p/all/one.txt',
    '/p/all/set',
    '/p/all/set/three.txt',
    '/p/all/two.txt',
    '/p/new',
    '/p/new/one.txt',
    '/p/new/set',
    '/p/new/set/three.txt',
    '/p/one.txt',
    '/p/renamed.txt',
  ]);
});

test('folders are made, moved and deleted', async () => {
  expect(await jzse('mkdir', 'demo:/m/a/b', 'demo:/m/c')).toMatchObject(done);
  expect(await jzse('mv', 'demo:/m/a', 'demo:/m/c')).toMatchObject(done);
  expect(await jzse('mv', 'demo:/m/c/a', 'demo:/m/d')).toMatchObject(done);
  expect((await json('ls', 'demo:/m')).map(({ name }: { name: string }) => name)).toEqual(['c', 'd']);
  expect(await jzse('rm', 'demo:/m/d')).toMatchObject({ code: 5, err: expect.stringContaining('rm -r') });
  expect(await json('rm', '-r', 'demo:/m/d', 'demo:/m/c')).toEqual({ removed: ['demo:/m/d', 'demo:/m/c'] });
  expect(await json('ls', 'demo:/m')).toEqual([]);
});

test('what goes wrong is one line that says what to do, and a number for scripts', async () => {
  expect(await jzse('cat', 'demo:/none')).toEqual({ code: 4, out: '', err: 'jzse: nothing is at /none in "demo" (unknown-path)\n' });
  expect(await jzse('ls', 'nospace:/')).toMatchObject({ code: 4, err: expect.stringContaining('(unknown-space)') });
  expect(await jzse('put', 'gone.txt', 'demo:/')).toMatchObject({
    code: 4,
    err: `jzse: ${join(folder, 'gone.txt')}: no such file or directory (ENOENT)\n`,
  });
  expect(await jzse('ls')).toMatchObject({ code: 2 });
  expect(await jzse('ls', '/photos')).toMatchObject({ code: 2, err: expect.stringContaining('space:/path') });
  expect(await jzse('mv', 'demo:/', 'demo:/x')).toMatchObject({ code: 2 });
  expect(await jzse('--region', 'nowhere', 'ls', 'demo:/')).toMatchObject({ code: 2, err: expect.stringContaining('beijing') });
  expect(await jzse('--token', 'wrong', 'ls', 'demo:/')).toMatchObject({ code: 6 });
  expect(await jzse('--edge', 'http://127.0.0.1:9', 'ls', 'demo:/')).toMatchObject({ code: 3, err: expect.stringContaining('try again') });
  await writeFile(join(folder, 'x.txt'), 'x');
  expect(await jzse('put', 'x.txt', 'demo:/x.txt', '--if-absent')).toMatchObject({ code: 0 });
  expect(await jzse('put', 'x.txt', 'demo:/x.txt', '--if-absent')).toMatchObject({ code: 5 });
  const coded = JSON.parse((await jzse('--json', 'cat', 'demo:/none')).err);
  expect(coded).toMatchObject({ error: { code: 'unknown-path', retryable: false } });
});

test('regions and status tell how all stand, and that one is away', async () => {
  expect(await json('spaces')).toEqual(['demo']);
  expect((await jzse('regions')).out).toMatch(/REGION +STATE .*\nbeijing +healthy/);
  const { hub, regions } = await json('status');
  expect(hub).toMatchObject({ up: true, error: null });
  expect(regions.map(({ id, status }: { id: string; status: object }) => [id, status !== null])).toEqual([
    ['beijing', true],
    ['shanghai', true],
    ['shenzhen', true],
  ]);
  expect((await jzse('status')).out).toMatch(/hub http.* is up\n\nREGION +STATE +SPACE +LAG .*\nbeijing +up +demo /);
  const away = await jzse('--edge', 'http://127.0.0.1:9', '--hub', 'http://127.0.0.1:9', 'status');
  expect(away).toMatchObject({ code: 3, out: expect.stringMatching(/hub .* is down: cannot reach[\s\S]*\? +down/) });
});
