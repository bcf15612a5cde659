import { createEdgeClient, createHubClient } from '@jzse/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { waitForConvergence } from '../src/convergence.ts';
import { noteSecret } from '../src/leaks.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const space = 'demo';
const password = noteSecret('a password of wei');
/** The contract says that a revocation counts at connected edges within this time. */
const revokedWithinMs = 5_000;

let regions: ThreeRegions;
let hub: ReturnType<typeof createHubClient>['trpc'];

beforeAll(async () => {
  regions = await startThreeRegions();
  hub = createHubClient({ url: regions.hub.url, token: regions.token }).trpc;
  for (const user of ['wei', 'mei']) await hub.people.createUser.mutate({ user, displayName: user, password });
  await hub.sharing.setMember.mutate({ space, subject: { type: 'user', user: 'wei' }, role: 'editor' });
  await regions.calls('beijing').put('/plans/inner.txt', Buffer.from('inner'));
  await regions.calls('beijing').put('/outer.txt', Buffer.from('outer'));
  await waitForConvergence((['beijing', 'shanghai', 'shenzhen'] as const).map((name) => regions.calls(name)));
}, 120_000);
afterAll(() => regions[Symbol.asyncDispose]());

const edgeAs = (name: Parameters<ThreeRegions['edge']>[0], token: string | null) =>
  createEdgeClient({ url: regions.edge(name).url, ...(token === null ? {} : { token }) } as Parameters<typeof createEdgeClient>[0]);
const signInAt = (name: Parameters<ThreeRegions['edge']>[0]) =>
  edgeAs(name, '').trpc.accounts.signIn.mutate({ user: 'wei', password, device: 'laptop' });
const codeOf = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: { readonly code?: string; readonly data?: { readonly jzse?: { readonly code: string } } }) =>
      error.data?.jzse?.code ?? error.code ?? String(error),
  );

test('who signs in at one edge is known at the others at once, and versions carry the name everywhere', async () => {
  const { accessToken, isRegional } = await signInAt('beijing');
  expect(isRegional).toBe(false);
  const there = edgeAs('shanghai', accessToken);
  await there.files.put({ space, path: '/by-wei.txt' }, Buffer.from('wei') as Uint8Array<ArrayBuffer>);
  const calls = regions.calls('shenzhen');
  await waitFor({ what: 'the file is in shenzhen' }, async () => (await calls.list('/')).some(({ name }) => name === 'by-wei.txt'));
  expect((await calls.stat('/by-wei.txt')).author).toMatchObject({ user: 'wei', device: 'laptop', region: 'shanghai' });
});

test('what is revoked at the hub counts at every edge within seconds', async () => {
  const { accessToken } = await signInAt('shenzhen');
  const stat = () => codeOf(edgeAs('shanghai', accessToken).trpc.stat.query({ space, path: '/outer.txt' }));
  await waitFor({ what: 'wei reads in shanghai' }, async () => (await stat()) === 'ok');
  await hub.sharing.setMember.mutate({ space, subject: { type: 'user', user: 'wei' }, role: null });
  // Who has nothing to do with a region any more is nobody there.
  await waitFor({ what: 'wei is nobody in shanghai', deadlineMs: revokedWithinMs }, async () => (await stat()) === 'unauthenticated');
  await hub.sharing.setMember.mutate({ space, subject: { type: 'user', user: 'wei' }, role: 'editor' });
  await waitFor({ what: 'wei has it again', deadlineMs: revokedWithinMs }, async () => (await stat()) === 'ok');
  await hub.people.updateUser.mutate({ user: 'wei', change: { isDisabled: true } });
  await waitFor({ what: 'wei is out', deadlineMs: revokedWithinMs }, async () => (await stat()) === 'unauthenticated');
  await hub.people.updateUser.mutate({ user: 'wei', change: { isDisabled: false } });
});

test('a folder is shared at an edge, and read by who is granted it and by link at another, while the hub is away too', async () => {
  const owner = edgeAs('beijing', regions.token).trpc;
  await owner.sharing.setGrant.mutate({ space, path: '/plans', subject: { type: 'user', user: 'mei' }, role: 'editor' });
  const { accessToken } = await edgeAs('beijing', '').trpc.accounts.signIn.mutate({ user: 'mei', password, device: 'phone' });
  const token = await edgeAs('beijing', accessToken).trpc.accounts.createToken.mutate({ name: 'script' });
  const link = await owner.sharing.createLink.mutate({ space, path: '/plans', mode: 'download' });
  const mei = edgeAs('shanghai', token.token);
  const names = async () => (await mei.trpc.list.query({ space, path: '/' })).entries.map(({ name }) => name);
  await waitFor({ what: 'mei sees the way to her folder' }, async () => (await codeOf(names())) === 'ok');
  const linked = () => fetch(`${regions.edge('shanghai').url}${link.address}/inner.txt`);
  await waitFor({ what: 'the link is known in shanghai' }, async () => (await linked()).ok);

  await regions.hub.kill('SIGKILL');
  expect(await names()).toEqual(['plans']);
  expect(await codeOf(mei.trpc.stat.query({ space, path: '/outer.txt' }))).toBe('unknown-path');
  await mei.files.put({ space, path: '/plans/from mei.txt' }, Buffer.from('mei') as Uint8Array<ArrayBuffer>);
  expect(await (await linked()).text()).toBe('inner');
  await regions.calls('shanghai').put('/while away.txt', Buffer.from('x'));
  const signedIn = await waitFor({ what: 'wei signs in without the hub' }, () => signInAt('shanghai').catch(() => null));
  expect(signedIn.isRegional).toBe(true);
  expect(await codeOf(edgeAs('shanghai', signedIn.accessToken).trpc.stat.query({ space, path: '/outer.txt' }))).toBe('ok');
  // What one region has signed counts there alone.
  expect(await codeOf(edgeAs('beijing', signedIn.accessToken).trpc.stat.query({ space, path: '/outer.txt' }))).toBe('unauthenticated');

  await regions.hub.start();
  await waitFor({ what: 'what mei wrote is in beijing', deadlineMs: 60_000 }, async () =>
    (await regions.calls('beijing').list('/plans')).some(({ name }) => name === 'from mei.txt'),
  );
});
