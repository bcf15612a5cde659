import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHubClient } from '@jzse/client';
import { admitRegion } from '@jzse/client/node';
import type { RegionId } from '@jzse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestHub, type TestHub, testFolder, token } from '../../hub/test/test-hub.ts';
import { runCommand } from '../src/run-command.ts';
import { captureCli } from './captured-cli.ts';

const hubFolder = testFolder();
let hub: TestHub;
let home: string;
beforeAll(async () => {
  hub = await startTestHub(hubFolder.path);
  home = await mkdtemp(join(tmpdir(), 'jzse-fleet-'));
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  hubFolder.remove();
  await rm(home, { recursive: true, force: true });
});

async function admin(...args: string[]) {
  const cli = captureCli(home);
  const code = await runCommand(['--hub', hub.url, '--token', token, 'admin', ...args], cli);
  return { code, out: cli.out(), err: cli.err() };
}
const client = () => createHubClient({ url: hub.url, token });
const key = (text: string) => text.padEnd(43, '_');
const enrol = (region: string, enrolToken: string, publicKey: string) =>
  client().trpc.fleet.enrol.mutate({ region: region as RegionId, token: enrolToken, publicKey, url: `http://${region}.example` });

test('an admin adds a region, sees it, approves its address, places a space, and revokes it', async () => {
  expect((await admin('regions')).out).toContain('no region takes part');
  const added = await admin('regions', 'add', 'guangzhou');
  expect(added.out).toMatch(/^jzse_enrol_guangzhou_[A-Za-z0-9_-]{43}\n$/);
  expect(added.err).toMatch(/in (1 hour|\d+ minutes) at the latest/);
  expect((await admin('regions', 'list')).out).toMatch(/guangzhou +never +ends in (?:1 hour|\d+ minutes) +-/);
  await enrol('guangzhou', added.out.trim(), key('g'));
  expect((await admin('regions')).out).toMatch(/guangzhou +(now|\d+ seconds? ago) +- +http:\/\/guangzhou\.example/);
  expect((await admin('regions', 'url', 'guangzhou', 'http://10.0.0.7:7400/')).code).toBe(0);
  expect((await admin('regions')).out).toContain('http://10.0.0.7:7400');
  expect((await admin('regions', 'url', 'guangzhou', 'ftp://10.0.0.7')).code).not.toBe(0);
  expect((await admin('placement', 'demo', 'guangzhou', 'none')).out).toMatch(/guangzhou +none/);
  expect((await admin('placement', 'demo')).out).toMatch(/guangzhou +none/);
  expect((await admin('placement', 'demo', 'guangzhou', 'everywhere')).code).toBe(2);
  expect((await admin('placement', 'nowhere')).err).toContain('unknown-space');
  expect((await admin('regions', 'revoke', 'guangzhou')).out).toContain('cut off');
  expect((await admin('regions')).out).toContain('no region takes part');
});

test('a region on this machine gets a token where it needs one, and none where the hub knows its key', async () => {
  const data = join(home, 'wuhan');
  const tokenFile = join(data, 'enrol-token');
  const region = { region: 'wuhan', url: 'http://127.0.0.1:7409', data };
  await admitRegion(client(), region);
  expect((await stat(tokenFile)).mode & 0o777).toBe(0o600);
  await enrol('wuhan', (await readFile(tokenFile, 'utf8')).trim(), key('w'));
  await writeFile(join(data, 'region-key.json'), JSON.stringify({ x: key('w') }));
  await rm(tokenFile);
  await admitRegion(client(), { ...region, url: 'http://127.0.0.1:7410' });
  await expect(readFile(tokenFile)).rejects.toThrow('ENOENT');
  expect((await admin('regions')).out).toContain('http://127.0.0.1:7410');
  // It lost its disk, and with it the key.
  await rm(join(data, 'region-key.json'));
  await admitRegion(client(), region);
  expect(await readFile(tokenFile, 'utf8')).toContain('jzse_enrol_wuhan_');
});
