import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createEdgeClient, createHubClient } from '@jzse/client';
import type { SpaceId } from '@jzse/sync';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDatabase, type HubPools, openDatabase } from '../../packages/db/src/hub/open-database.ts';
import { node, repository } from '../src/processes.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

interface Record {
  readonly id: number;
  readonly writer: string;
  readonly sequence: number;
  readonly actor: string;
  readonly action: string;
  readonly target: string | null;
  readonly result: string;
}

const demo = 'demo' as SpaceId;
const password = 'a long password that nobody guesses 7';
let regions: ThreeRegions;
let pools: HubPools;

beforeAll(async () => {
  regions = await startThreeRegions({ regions: ['beijing'] });
  const folder = join(regions.hub.dataDir, 'postgres');
  const port = readFileSync(join(folder, 'postmaster.pid'), 'utf8').split('\n')[3];
  const secret = readFileSync(`${folder}.password`, 'utf8').trim();
  pools = await openDatabase({ databaseUrl: `postgres://jzse:${secret}@127.0.0.1:${port}/postgres`, poolMax: 1 });
});
afterAll(async () => {
  await closeDatabase(pools);
  await regions[Symbol.asyncDispose]();
});

const run = promisify(execFile);
async function jzse(...args: string[]) {
  const options = ['--hub', regions.hub.url, '--token', regions.token, ...args];
  return run(node, [join(repository, 'apps/cli/src/main.ts'), ...options], { cwd: regions.folder }).then(
    ({ stdout }) => ({ code: 0, out: stdout }),
    (error: { readonly code: number; readonly stdout: string }) => ({ code: error.code, out: error.stdout }),
  );
}
async function records(...args: string[]): Promise<Record[]> {
  const { code, out } = await jzse('--json', 'admin', 'audit', ...args);
  expect(code).toBe(0);
  return out
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record);
}
const admin = () => createHubClient({ url: regions.hub.url, token: regions.token }).trpc;
const put = (path: string, token = regions.token) =>
  createEdgeClient({ url: regions.edge('beijing').url, token }).files.put({ space: demo, path }, Buffer.from(path));

test('what people do at the hub and in a region is told, with who did it, and no secret', async () => {
  await admin().people.createUser.mutate({ user: 'wei', password });
  await admin().sharing.setMember.mutate({ space: demo, subject: { type: 'user', user: 'wei' }, role: 'editor' });
  const signedIn = await createEdgeClient({ url: regions.edge('beijing').url }).trpc.accounts.signIn.mutate({ user: 'wei', password });
  await put('/of-wei.txt', signedIn.accessToken);
  await put('/of-owner.txt');
  const wrong = createEdgeClient({ url: regions.edge('beijing').url }).trpc.accounts.signIn.mutate({
    user: 'wei',
    password: `${password}!`,
  });
  await expect(wrong).rejects.toMatchObject({ code: 'wrong-credentials' });
  const written = await waitFor({ what: 'the region has sent what was done' }, async () => {
    const found = await records('--action', 'file.write', '--space', demo);
    return found.length === 2 && found;
  });
  expect(written.map(({ actor, target, writer }) => [actor, target, writer])).toEqual([
    ['wei', '/of-wei.txt', expect.stringMatching(/^beijing:\d+$/)],
    ['owner', '/of-owner.txt', expect.stringMatching(/^beijing:\d+$/)],
  ]);
  expect(await records('--action', 'people.createUser')).toMatchObject([{ actor: 'owner', target: 'wei', result: 'ok', writer: 'hub' }]);
  expect(await records('--action', 'sharing.setMember')).toMatchObject([{ actor: 'owner', target: 'user/wei' }]);
  const signIns = await waitFor({ what: 'the sign-ins are known' }, async () => {
    const found = await records('--action', 'accounts.signIn', '--actor', 'wei');
    return found.length === 4 && found;
  });
  expect(signIns.map(({ writer, result }) => `${writer.split(':')[0]} ${result}`).toSorted()).toEqual(
    ['beijing', 'hub'].flatMap((writer) => [`${writer} ok`, `${writer} wrong-credentials`]),
  );
  const { out } = await jzse('admin', 'audit', '--all');
  for (const secret of [password, regions.token, signedIn.accessToken, signedIn.refreshToken ?? 'none']) expect(out).not.toContain(secret);
  expect(out).toMatch(/Z {2}beijing:\d+ {2}wei {2}file\.write {2}demo:\/of-wei\.txt {2}ok {2}127\.0\.0\.1/);
});

test('a region that was cut off sends what was done meanwhile', async () => {
  regions.hubLinks.beijing.cut();
  await put('/apart.txt');
  expect(await records('--actor', 'owner', '--action', 'file.write')).toHaveLength(1);
  regions.hubLinks.beijing.restore();
  await waitFor({ what: 'the record of the write' }, async () => (await records('--action', 'file.write')).at(-1)?.target === '/apart.txt');
});

test('who follows sees what comes, as it comes', async () => {
  const options = ['--hub', regions.hub.url, '--token', regions.token, '--json', 'admin', 'audit', '--follow', '--action', 'makeFolder'];
  const following = spawn(node, [join(repository, 'apps/cli/src/main.ts'), ...options], { cwd: regions.folder });
  let out = '';
  following.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  const edge = createEdgeClient({ url: regions.edge('beijing').url, token: regions.token }).trpc;
  for (const path of ['/one', '/two']) {
    await edge.makeFolder.mutate({ space: demo, path });
    await waitFor({ what: `${path} is shown` }, () => out.includes(`"target":"${path}"`));
  }
  expect(out.trim().split('\n')).toHaveLength(2);
  following.kill('SIGINT');
  await once(following, 'close');
});

test('a record that was altered or removed by hand is found and named', async () => {
  const database = pools.durable;
  expect(await jzse('admin', 'audit', 'verify')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/beijing:\d+ +\d+ +whole\nhub +\d+ +whole\n/),
  });
  const [write] = await records('--action', 'file.write', '--actor', 'wei');
  const [made] = await records('--action', 'people.createUser');
  if (write === undefined || made === undefined) throw new Error('no records');
  await database`UPDATE audit SET actor = 'owner' WHERE id = ${write.id}`;
  const altered = await jzse('admin', 'audit', 'verify');
  expect(altered.code).toBe(1);
  expect(altered.out).toMatch(new RegExp(`beijing:\\d+ +\\d+ +record ${write.sequence} was altered\nhub +\\d+ +whole\n`));
  await database`UPDATE audit SET actor = 'wei' WHERE id = ${write.id}`;
  expect(await jzse('admin', 'audit', 'verify')).toMatchObject({ code: 0 });
  await database`DELETE FROM audit WHERE id = ${made.id}`;
  const removed = await jzse('admin', 'audit', 'verify');
  expect(removed.code).toBe(1);
  expect(removed.out).toMatch(new RegExp(`beijing:\\d+ +\\d+ +whole\nhub +\\d+ +record ${made.sequence} is missing\n`));
});
