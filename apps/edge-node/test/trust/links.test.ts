import type { DirectoryState } from '@jzse/api';
import { createPasswords, newId, newSecret, secretHash } from '@jzse/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { codeOf, problemOf, space, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

let edge: TrustedEdge;
let owner: string;
let folder: string;

beforeAll(async () => {
  edge = await startTrustedEdge();
  owner = edge.person('owner');
  edge.member('owner', 'manager');
  await edge.settled();
  for (const [path, body] of [
    ['/shared/a.txt', 'content of a'],
    ['/shared/<b>/deep.txt', 'deep'],
    ['/private.txt', 'private'],
  ]) {
    await edge.fetch(`/files/${space}${encodeURI(path ?? '')}`, owner, { method: 'PUT', body: body ?? '' });
  }
  folder = (await edge.calls(owner).stat.query({ space, path: '/shared' })).id;
  // All of it goes on while the hub is away.
});
afterAll(() => edge.stop());

async function link(change: Partial<DirectoryState<'link'>> = {}): Promise<string> {
  const [id, secret] = [newId(), newSecret()];
  const rest = { passwordHash: null, mode: 'download' as const, expiresMs: null, usesMax: null, createdBy: 'owner', createdMs: 1 };
  edge.hub.put('link', {
    id,
    space,
    entryId: folder as DirectoryState<'link'>['entryId'],
    secretHash: secretHash(secret),
    ...rest,
    ...change,
  });
  await edge.settled();
  return `/l/${id}/${secret}`;
}
const ask = (path: string, init: RequestInit = {}) => edge.fetch(path, null, init);

test('a link lists and reads what it leads to, ranges too, and nothing around it', async () => {
  const at = await link();
  await edge.hub.stop();
  const listing = (await (await ask(at)).json()) as { readonly entries: readonly { readonly name: string }[] };
  expect(listing.entries.map(({ name }) => name)).toEqual(['<b>', 'a.txt']);
  expect(JSON.stringify(listing)).not.toMatch(/owner|shared\/|private/);
  expect(await (await ask(`${at}/a.txt`)).text()).toBe('content of a');
  const part = await ask(`${at}/a.txt`, { headers: { range: 'bytes=0-6' } });
  expect([part.status, await part.text()]).toEqual([206, 'content']);
  const page = await (await ask(at, { headers: { accept: 'text/html' } })).text();
  expect(page).toContain('&lt;b&gt;');
  expect(page).not.toContain('<b>');
  for (const wrong of [
    `${at}/../private.txt`,
    `${at}/%2e%2e/private.txt`,
    `${at}/none`,
    `${at.slice(0, -1)}x`,
    '/l/none/none',
    '/l/x',
    '/l/',
  ]) {
    expect(['unknown-path', 'invalid-name', 'unauthenticated']).toContain(await problemOf(await ask(wrong)));
  }
  expect(await problemOf(await ask(`${at}/new.txt`, { method: 'PUT', body: 'x' }))).toBe('forbidden');
  await edge.hub.start();
});

test('a link ends by time, by uses, with the rights of its maker, and when it is revoked', async () => {
  const old = await link({ expiresMs: Date.now() - 1 });
  expect(await problemOf(await ask(old))).toBe('link-ended');
  const twice = await link({ usesMax: 2 });
  const read = await Promise.all([1, 2, 3].map(async () => problemOf(await ask(`${twice}/a.txt`))));
  expect(read.toSorted()).toEqual(['link-ended', 'ok', 'ok']);
  expect(await problemOf(await ask(twice))).toBe('link-ended');
  edge.person('maker');
  edge.member('maker', 'reader');
  const theirs = await link({ createdBy: 'maker' });
  expect(await problemOf(await ask(theirs))).toBe('ok');
  edge.hub.drop('member', `${space}/user/maker`);
  await edge.settled();
  expect(await problemOf(await ask(theirs))).toBe('link-ended');
  const revoked = await link();
  edge.hub.drop('link', revoked.split('/')[2] ?? '');
  await edge.settled();
  expect(await problemOf(await ask(revoked))).toBe('unknown-path');
});

test('a password is asked for once, and its cookie is for that link alone', async () => {
  const passwordHash = await createPasswords().hash('a good password');
  const at = await link({ passwordHash });
  const other = await link({ passwordHash });
  expect(await problemOf(await ask(`${at}/a.txt`))).toBe('wrong-credentials');
  expect(await (await ask(at, { headers: { accept: 'text/html' } })).text()).toContain('type="password"');
  const give = (password: string) =>
    ask(at, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ password }) });
  expect(await problemOf(await give('a wrong password'))).toBe('wrong-credentials');
  const opened = await give('a good password');
  expect([opened.status, opened.headers.get('set-cookie')]).toEqual([204, expect.stringContaining(`Path=/l/${at.split('/')[2]}`)]);
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
  expect(await (await ask(`${at}/a.txt`, { headers: { cookie } })).text()).toBe('content of a');
  expect(await problemOf(await ask(`${other}/a.txt`, { headers: { cookie } }))).toBe('wrong-credentials');
  const form = new URLSearchParams({ password: 'a good password' });
  expect((await ask(at, { method: 'POST', body: form })).status).toBe(303);
  let answer = '';
  for (let guess = 0; guess < 20 && answer !== 'too-many-requests'; guess++) answer = await problemOf(await give(`guess ${guess}`));
  expect(answer).toBe('too-many-requests');
});

test('a drop box takes files, never overwrites, and shows nothing', async () => {
  const at = await link({ mode: 'drop' });
  const drop = (name: string, body: string) => ask(`${at}/${name}`, { method: 'PUT', body });
  expect((await drop('a.txt', 'not the same')).status).toBe(201);
  const second = await drop('a.txt', 'third');
  expect([second.status, await second.text(), second.headers.get('etag'), second.headers.get('location')]).toEqual([201, '', null, null]);
  expect(await (await ask(at)).json()).toEqual({ mode: 'drop' });
  expect(await problemOf(await ask(`${at}/a.txt`))).toBe('unknown-path');
  expect(await problemOf(await drop('b/c.txt', 'x'))).toBe('invalid-input');
  const names = (await edge.calls(owner).list.query({ space, path: '/shared' })).entries.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['a.txt', 'a (2).txt', 'a (3).txt']));
  expect(await (await edge.fetch(`/files/${space}/shared/a.txt`, owner)).text()).toBe('content of a');
  const author = (await edge.calls(owner).stat.query({ space, path: '/shared/a (2).txt' })).author;
  expect(author).toMatchObject({ user: 'owner', device: expect.stringMatching(/^link /) });
});

test('links are listed and revoked by who manages what they lead to', async () => {
  const at = await link();
  const id = at.split('/')[2] ?? '';
  const below = await edge.calls(owner).sharing.links.query({ space, path: '/shared' });
  expect(below.find((found) => found.id === id)).toMatchObject({ path: '/shared', mode: 'download', hasPassword: false });
  expect(JSON.stringify(below)).not.toContain(secretHash(at.split('/')[3] ?? ''));
  const other = edge.person('other');
  edge.member('other', 'editor');
  const revoked: string[] = [];
  edge.hub.sharing = { revokeLink: async (request) => void revoked.push(`${request.actor} ${request.id}`) };
  await edge.settled();
  expect(await codeOf(edge.calls(other).sharing.revokeLink.mutate({ space, id }))).toBe('forbidden');
  expect(await codeOf(edge.calls(owner).sharing.revokeLink.mutate({ space, id }))).toBe('ok');
  expect(revoked).toEqual([`owner ${id}`]);
});
