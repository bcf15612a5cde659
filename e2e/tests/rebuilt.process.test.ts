import { rmSync } from 'node:fs';
import { createEdgeClient, createHubClient, type HubClient } from '@jzse/client';
import type { FeedPosition } from '@jzse/sync';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import type { EdgeCalls } from '../src/edge-calls.ts';
import { noteSecret } from '../src/leaks.ts';
import { randomBytes } from '../src/random-bytes.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { waitForAgreement } from '../src/verified.ts';
import { waitFor } from '../src/wait-for.ts';

/** Path and version of everything that was ever written, with its bytes. */
type Written = { readonly path: string; readonly version: string; readonly bytes: Buffer }[];

test('a region that lost its disk is rebuilt from the hub and the others: one digest, and every version readable', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  const written = await writeMuch(regions);
  await waitForConvergence(all);
  await regions.edge('shenzhen').kill('SIGKILL');
  rmSync(regions.edge('shenzhen').dataDir, { recursive: true });
  await regions.edge('shenzhen').start();
  await waitForConvergence(all);
  await waitForAgreement(regions.calls('shenzhen'), { deep: true });
  // What it holds it serves alone.
  for (const name of ['beijing', 'shanghai'] as const) regions.edgeLinks[name].cut();
  await expectReadable([regions.calls('shenzhen')], written);
  await regions.calls('shenzhen').put('/after.txt', Buffer.from('written in the new life'));
  for (const name of ['beijing', 'shanghai'] as const) regions.edgeLinks[name].restore();
  await waitForConvergence(all);
});

test('[SY10] a hub whose database was dropped is rebuilt from the regions: one digest, and every version readable', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  const hub = createHubClient({ url: regions.hub.url, token: regions.token });
  const weiInBeijing = createEdgeClient({ url: regions.edge('beijing').url, token: await makeWei(regions, hub) });
  const stat = () => weiInBeijing.trpc.stat.query({ space: 'demo', path: '/shared/contested.bin' });
  const written = await writeMuch(regions);
  const before = await waitForConvergence(all);
  await regions.hub.kill('SIGTERM');
  rmSync(regions.hub.dataDir, { recursive: true });
  await regions.hub.start();
  expect(await waitForConvergence(all)).toEqual(before);
  // The hub knows nobody, and the regions go by what it knew.
  expect((await hub.trpc.people.users.query({})).users.map(({ user }) => user)).toEqual(['owner']);
  await stat();
  const restored = await waitFor({ what: 'the regions offer what they know' }, async () => {
    const restore = await hub.trpc.fleet.restoreDirectory.mutate();
    return restore !== null && restore.offered.length === regionNames.length && restore;
  });
  expect(restored.taken).toMatchObject({ user: 1, member: 1, token: 1 });
  const { accessToken } = await waitFor({ what: 'the hub signs wei in' }, async () => {
    const signedIn = await signInWei(regions);
    return !signedIn.isRegional && signedIn;
  });
  const weiInShanghai = createEdgeClient({ url: regions.edge('shanghai').url, token: accessToken });
  await weiInShanghai.trpc.stat.query({ space: 'demo', path: '/shared/contested.bin' });
  await stat();
  await waitForAgreement(regions.calls('beijing'), { deep: true });
  await expectReadable(all, written);
});

test('[SY10] a hub that lost its database after the regions had dropped their old log is seeded from one of them', async () => {
  await using regions = await startThreeRegions({ env: { JZSE_MAINTAIN_EVERY_MS: '500' } });
  const all = regionNames.map((name) => regions.calls(name));
  const hub = createHubClient({ url: regions.hub.url, token: regions.token });
  const written = await writeMuch(regions);
  await waitForConvergence(all);
  await hub.trpc.noteBackup.mutate({ space: 'demo', holds: { upTo: await headOf(hub) } });
  await regions.calls('shanghai').put('/after the backup.txt', Buffer.from('after'));
  const before = await waitForConvergence(all);
  await waitFor({ what: 'the regions have dropped what the backup holds', deadlineMs: 60_000 }, async () =>
    regionNames.every((name) => regions.edge(name).log().includes('rows of the log that every hub keeps were dropped here')),
  );
  await regions.hub.kill('SIGTERM');
  rmSync(regions.hub.dataDir, { recursive: true });
  await regions.hub.start();
  await regions.calls('beijing').put('/meanwhile.txt', Buffer.from('meanwhile'));
  await waitFor({ what: 'the hub takes the state of a region' }, () => hub.trpc.rebuild.mutate({ space: 'demo' }));
  const after = await waitForConvergence(all);
  expect(after.filter((line) => !line.startsWith('/meanwhile.txt'))).toEqual(before);
  await waitForAgreement(regions.calls('beijing'), { deep: true });
  await expectReadable(all, written);
});

test('[SY10] a young log that the furthest regions refuse gives way to their state, and what it had taken follows', async () => {
  await using regions = await startThreeRegions({ env: { JZSE_MAINTAIN_EVERY_MS: '500' } });
  const all = regionNames.map((name) => regions.calls(name));
  await regions.calls('shenzhen').put('/early.txt', Buffer.from('early'));
  const early = await waitForConvergence(all);
  await regions.edge('shenzhen').kill('SIGTERM');
  const hub = createHubClient({ url: regions.hub.url, token: regions.token });
  const further = ['beijing', 'shanghai'] as const;
  for (const name of further) await regions.calls(name).put(`/by ${name}.txt`, Buffer.from(name));
  const before = await waitForConvergence(further.map((name) => regions.calls(name)));
  await hub.trpc.noteBackup.mutate({ space: 'demo', holds: { upTo: await headOf(hub) } });
  await waitFor({ what: 'the regions have dropped what the backup holds', deadlineMs: 60_000 }, async () =>
    further.every((name) => regions.edge(name).log().includes('rows of the log that every hub keeps were dropped here')),
  );
  await regions.hub.kill('SIGTERM');
  rmSync(regions.hub.dataDir, { recursive: true });
  await regions.hub.start();
  await regions.edge('shenzhen').start();
  await regions.calls('shenzhen').put('/news.txt', Buffer.from('while the others refused'));
  await waitFor({ what: 'the new log has what shenzhen can offer' }, async () => (await headOf(hub)).sequence > 1);
  await expect(hub.trpc.rebuild.mutate({ space: 'demo' })).rejects.toThrow('has begun');
  await waitFor({ what: 'the hub takes the state of a region' }, () => hub.trpc.rebuild.mutate({ space: 'demo', replace: true }));
  const after = await waitForConvergence(all, 60_000);
  expect(after.filter((line) => !line.startsWith('/news.txt'))).toEqual(before);
  expect(after.filter((line) => line.startsWith('/news.txt'))).toHaveLength(1);
  expect(before).toEqual(expect.arrayContaining([...early]));
  await waitForAgreement(regions.calls('shenzhen'), { deep: true });
  for (const edge of all) await expect(edge.get('/news.txt')).resolves.toEqual(Buffer.from('while the others refused'));
});

const password = noteSecret('what wei signs in with');

/** A person who may read; answers a token of hers. */
async function makeWei(regions: ThreeRegions, hub: HubClient): Promise<string> {
  await hub.trpc.people.createUser.mutate({ user: 'wei', displayName: 'Wei', password });
  await hub.trpc.sharing.setMember.mutate({ space: 'demo', subject: { type: 'user', user: 'wei' }, role: 'reader' });
  const { accessToken } = await signInWei(regions);
  const wei = createEdgeClient({ url: regions.edge('shanghai').url, token: accessToken });
  return (await wei.trpc.accounts.createToken.mutate({ name: 'script' })).token;
}

const signInWei = (regions: ThreeRegions) =>
  createEdgeClient({ url: regions.edge('shanghai').url, token: '' }).trpc.accounts.signIn.mutate({
    user: 'wei',
    password,
    device: 'laptop',
  });

async function headOf(hub: HubClient): Promise<FeedPosition> {
  const { spaces } = await hub.trpc.status.query();
  const demo = spaces.find(({ space }) => space === 'demo');
  if (demo === undefined) throw new Error('the hub does not know the space yet');
  return demo.head;
}

async function writeMuch(regions: ThreeRegions): Promise<Written> {
  const written: Written = [];
  for (const [index, name] of regionNames.entries()) {
    for (let round = 0; round < 4; round++) {
      for (const [path, size] of [
        ['/shared/contested.bin', 90_000],
        [`/${name}/own.bin`, 400_000 * (index + 1)],
      ] as const) {
        const bytes = randomBytes(`${name} ${path} ${round}`, size + round);
        written.push({ path, bytes, version: await regions.calls(name).put(path, bytes) });
      }
    }
  }
  return written;
}

async function expectReadable(edges: readonly EdgeCalls[], written: Written): Promise<void> {
  for (const edge of edges) for (const { path, version, bytes } of written) expect(await edge.getVersion(path, version)).toEqual(bytes);
}
