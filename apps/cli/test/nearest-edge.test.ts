import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SmallEdge, startSmallEdge } from '../../../packages/client/test/small-edge.ts';
import { runCommand } from '../src/run-command.ts';
import { captureCli } from './captured-cli.ts';

let folder: string;
let near: SmallEdge;
let far: SmallEdge;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jzse-nearest-'));
  far = await startSmallEdge('shenzhen', { delayMs: 80 });
  near = await startSmallEdge('beijing');
});
afterEach(async () => {
  await Promise.all([near.close(), far.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function jzse(env: Record<string, string>, ...args: string[]) {
  const cli = captureCli(folder);
  const code = await runCommand(args, { ...cli, env: { XDG_CONFIG_HOME: folder, JZSE_TOKEN: 'a-token', ...env } });
  return { code, out: cli.out(), err: cli.err() };
}

test('of the regions of this machine the first is used, and the next with a word on stderr when it is dead', async () => {
  const data = join(folder, '.jzse');
  await mkdir(data);
  const regions = [far, near].map(({ region: id, url }) => ({ id, url, pid: 1 }));
  await writeFile(join(data, 'cluster.json'), JSON.stringify({ hub: { url: 'http://127.0.0.1:1', pid: 1 }, regions, space: 'demo' }));
  expect(await jzse({}, 'spaces')).toMatchObject({ code: 0, out: expect.stringContaining('shenzhen'), err: '' });
  await far.close();
  expect(await jzse({}, 'spaces')).toMatchObject({
    code: 0,
    out: expect.stringContaining('beijing'),
    err: 'jzse: shenzhen does not answer; going on at beijing\n',
  });
  expect((await jzse({}, '--region', 'shenzhen', 'spaces')).code).not.toBe(0);
});

test('of the regions that the hub names the nearest is used, also later without the hub', async () => {
  const hub = await startNamingHub();
  const env = { JZSE_HUB_URL: `http://127.0.0.1:${(hub.address() as AddressInfo).port}` };
  expect(await jzse(env, 'spaces')).toMatchObject({ code: 0, out: expect.stringContaining('beijing') });
  await new Promise((resolve) => hub.close(resolve));
  // It is written beside the answer.
  const remembered = async () => JSON.parse(await readFile(join(folder, 'jzse', 'nearest.json'), 'utf8').catch(() => '{}'));
  await expect.poll(remembered, { timeout: 10_000 }).toMatchObject({ present: near.url });
  expect(await jzse(env, 'spaces')).toMatchObject({ code: 0, out: expect.stringContaining('beijing') });
  await near.close();
  expect(await jzse(env, 'spaces')).toMatchObject({
    code: 0,
    out: expect.stringContaining('shenzhen'),
    err: 'jzse: beijing does not answer; going on at shenzhen\n',
  });
});

async function startNamingHub(): Promise<Server> {
  const facts = { healthy: true, load: { outbox: 0, pendingTransfers: 0 }, placement: 'full', servesAll: true };
  const data = [far, near].map(({ region, url }) => ({ region, url, ...facts }));
  const hub = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' }).end(JSON.stringify({ result: { data } }));
  });
  await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
  return hub;
}
