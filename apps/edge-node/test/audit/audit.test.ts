import { JzseError } from '@jzse/api';
import type { AuditRecord } from '@jzse/api/hub';
import { chainStart, continueChain, formatApiToken, newId, newSecret, secretHash, walkChain } from '@jzse/identity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../replicate/until.ts';
import { codeOf, space, startTrustedEdge, type TrustedEdge } from '../trust/trusted-edge.ts';

let edge: TrustedEdge;
let owner: string;
let reader: string;
/** What the hub took, by writer. */
const chains = new Map<string, AuditRecord[]>();
const secrets: string[] = [];
const all = (): AuditRecord[] => [...chains.values()].flat();
const of = (action: string) => all().filter((record) => record.action === action);
const put = (path: string, token: string, body = path) => edge.fetch(`/files/${space}${path}`, token, { method: 'PUT', body });

beforeAll(async () => {
  edge = await startTrustedEdge();
  edge.hub.audit = {
    appendAudit: async (writer, records) => {
      const chain = chains.get(writer) ?? [];
      const next = continueChain(chain.at(-1) ?? chainStart, records);
      if (next.type === 'break') throw new JzseError('invalid-input', 'a break', { detail: { brokenAt: next.sequence } });
      if (next.type === 'append') chain.push(...next.records);
      chains.set(writer, chain);
      return { sequence: chain.at(-1)?.sequence ?? 0 };
    },
  };
  owner = edge.person('owner');
  reader = edge.person('reader');
  secrets.push(owner, reader);
  edge.member('owner', 'manager');
  edge.member('reader', 'reader');
  await edge.settled();
}, 60_000);
afterAll(async () => {
  const text = JSON.stringify(all());
  for (const secret of secrets) expect(text.includes(secret), `${secret} stands in a record`).toBe(false);
  for (const [writer, records] of chains) {
    const walk = walkChain(writer);
    for (const record of records) walk.take(record);
    expect(walk.finish(records.at(-1) ?? chainStart), writer).toBeNull();
  }
  await edge.stop();
});

test('what changes something is written down with who did it, from where, and what became of it', async () => {
  const answer = await put('/a.txt', owner);
  await edge.calls(owner).makeFolder.mutate({ space, path: '/plans' });
  await edge.calls(owner).move.mutate({ space, from: '/a.txt', to: '/plans/a.txt' });
  expect(await codeOf(edge.calls(owner).move.mutate({ space, from: '/none', to: '/x' }))).toBe('unknown-path');
  await edge.fetch(`/files/${space}/plans/a.txt`, owner, { method: 'DELETE' });
  await until(() => of('file.delete').length === 1);
  const ok = { actor: 'owner', space, address: '127.0.0.1', result: 'ok', writer: 'beijing:1' };
  expect(of('file.write')).toMatchObject([{ ...ok, target: '/a.txt', requestId: answer.headers.get('x-request-id') }]);
  expect(of('file.write')[0]?.detail).toMatchObject({ device: 'laptop', token: expect.any(String) });
  expect(of('makeFolder')).toMatchObject([{ ...ok, target: '/plans' }]);
  expect(of('move')).toMatchObject([
    { ...ok, target: '/a.txt', detail: { to: '/plans/a.txt' } },
    { ...ok, target: '/none', result: 'unknown-path' },
  ]);
  expect(of('file.delete')).toMatchObject([{ ...ok, target: '/plans/a.txt' }]);
});

test('a file that is read is one record, however many ranges; who looks at a folder is none', async () => {
  await put('/read.txt', owner, 'read me');
  for (const range of ['bytes=0-2', 'bytes=3-4', 'bytes=0-1,3-4']) {
    await (await edge.fetch(`/files/${space}/read.txt`, reader, { headers: { range } })).arrayBuffer();
  }
  await edge.fetch(`/files/${space}/read.txt`, reader, { method: 'HEAD' });
  await edge.fetch(`/files/${space}/`, reader);
  await edge.fetch(`/files/${space}/none.txt`, reader);
  await (await edge.fetch(`/files/${space}/read.txt`, owner)).arrayBuffer();
  await until(() => of('file.read').some(({ actor }) => actor === 'owner'));
  expect(of('file.read').map(({ actor, target, result }) => [actor, target, result])).toEqual([
    ['reader', '/read.txt', 'ok'],
    ['owner', '/read.txt', 'ok'],
  ]);
});

test('an upload is written down when it is complete', async () => {
  const metadata = [
    ['space', space],
    ['path', '/up.txt'],
  ].map(([key, value]) => `${key} ${Buffer.from(value ?? '').toString('base64')}`);
  const tus = { 'tus-resumable': '1.0.0' };
  const made = await edge.fetch('/tus', owner, {
    method: 'POST',
    headers: { ...tus, 'upload-length': '6', 'upload-metadata': metadata.join(',') },
  });
  const at = made.headers.get('location') ?? '';
  const patch = (offset: number, body: string) =>
    edge.fetch(at, owner, {
      method: 'PATCH',
      body,
      headers: { ...tus, 'upload-offset': String(offset), 'content-type': 'application/offset+octet-stream' },
    });
  expect((await patch(0, 'abc')).status).toBe(204);
  expect((await patch(3, 'def')).status).toBe(204);
  await until(() => of('upload.complete').length > 0);
  expect(of('upload.complete')).toMatchObject([{ actor: 'owner', space, target: '/up.txt', result: 'ok' }]);
});

test('what was refused is written down, once a minute', async () => {
  expect((await put('/forbidden.txt', reader)).status).toBe(403);
  expect((await put('/forbidden.txt', reader)).status).toBe(403);
  const forged = formatApiToken(newId(), newSecret());
  secrets.push(forged);
  for (const path of ['/files/demo/a', '/files/demo/b', '/trpc/status']) expect((await edge.fetch(path, forged)).status).toBe(401);
  expect(await codeOf(edge.calls(reader).resync.mutate({ space }))).toBe('forbidden');
  expect((await edge.fetch('/metrics', reader)).status).toBe(403);
  expect((await edge.fetch('/files/demo/a', null)).status).toBe(401);
  await until(() => of('GET /metrics').length > 0);
  const refused = all().filter(({ result }) => result === 'forbidden' || result === 'unauthenticated');
  expect(refused.map(({ actor, action, target, result }) => [actor, action, target, result])).toEqual([
    ['reader', 'file.write', '/forbidden.txt', 'forbidden'],
    ['anonymous', 'GET /files/*', null, 'unauthenticated'],
    ['anonymous', 'status', null, 'unauthenticated'],
    ['reader', 'resync', null, 'forbidden'],
    ['reader', 'GET /metrics', null, 'forbidden'],
  ]);
});

test('signing in is written down, well or badly, without what it was done with', async () => {
  const password = `pass-${newSecret()}`;
  secrets.push(password);
  edge.hub.accounts = {
    signIn: async () => {
      throw new JzseError('wrong-credentials', 'no');
    },
  };
  expect(await codeOf(edge.calls(null).accounts.signIn.mutate({ user: ' Wei ', password }))).toBe('wrong-credentials');
  const session = (body: unknown) =>
    edge.fetch('/session', null, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  expect((await session({ token: owner })).status).toBe(204);
  expect((await session({ user: 'wei', password })).status).toBe(401);
  // A secret in the wrong field.
  expect((await session({ user: reader, password })).status).toBe(400);
  await until(() => of('session.open').length === 3);
  expect(of('accounts.signIn')).toMatchObject([{ actor: 'wei', result: 'wrong-credentials', address: '127.0.0.1' }]);
  expect(of('session.open').map(({ actor, result }) => [actor, result])).toEqual([
    ['owner', 'ok'],
    ['wei', 'wrong-credentials'],
    ['jzse_***', 'invalid-input'],
  ]);
});

test('who comes by a link is known by its id, and its secret is nowhere', async () => {
  const [id, secret] = [newId(), newSecret()];
  secrets.push(secret);
  const { id: entryId } = await edge.calls(owner).stat.query({ space, path: '/read.txt' });
  const rest = { passwordHash: null, mode: 'download' as const, expiresMs: null, usesMax: null, createdBy: 'owner', createdMs: 1 };
  edge.hub.put('link', { id, space, entryId, secretHash: secretHash(secret), ...rest });
  await edge.settled();
  expect((await edge.fetch(`/l/${id}/${secret}`, null)).status).toBe(200);
  expect((await edge.fetch(`/l/${id}/${secret}x`, null)).status).toBe(404);
  expect((await edge.fetch(`/l/${secret}/${id}`, null)).status).toBe(404);
  expect((await edge.fetch(`/l/${id}/${secret}/x.txt`, null, { method: 'PUT', body: 'x' })).status).toBe(403);
  await until(() => of('link.drop').length > 0);
  expect(of('link.read').map(({ actor, result }) => [actor, result])).toEqual([[`link/${id}`, 'ok']]);
  expect(of('link.drop')).toMatchObject([{ actor: `link/${id}`, result: 'forbidden' }]);
});

test('while the hub is away records wait, and follow in order', async () => {
  await edge.hub.stop();
  for (let n = 0; n < 20; n++) await put(`/away-${n}.txt`, owner);
  const before = all().length;
  await edge.hub.start();
  await until(() => of('file.write').filter(({ target }) => target?.startsWith('/away-')).length === 20);
  expect(all().length).toBeGreaterThanOrEqual(before + 20);
  const written = of('file.write').filter(({ target }) => target?.startsWith('/away-'));
  expect(written.map(({ target }) => target)).toEqual(Array.from({ length: 20 }, (_, n) => `/away-${n}.txt`));
});

test('where the hub has other records of this region, they go on as another chain that says which it was', async () => {
  const chain = chains.get('beijing:1') ?? [];
  const last = chain.at(-1);
  if (last === undefined) throw new Error('no records');
  chain[chain.length - 1] = { ...last, hash: 'f'.repeat(64) };
  await put('/after.txt', owner);
  await until(() => of('audit.chain-begun').length === 1);
  chain[chain.length - 1] = last;
  const [begun] = of('audit.chain-begun');
  expect(begun).toMatchObject({ actor: 'audit', detail: { former: 'beijing:1' }, writer: expect.stringMatching(/^beijing:1\/\d+$/) });
  expect(of('file.write').at(-1)).toMatchObject({ target: '/after.txt', writer: begun?.writer, sequence: 1 });
});

test('a hub that lost its database gets all again that is here', async () => {
  const had = all().length;
  const writer = of('audit.chain-begun')[0]?.writer ?? '';
  const lost = chains.get(writer) ?? [];
  chains.set(writer, []);
  await put('/anew.txt', owner);
  await until(() => of('file.write').at(-1)?.target === '/anew.txt');
  expect(chains.get(writer)?.slice(0, lost.length)).toEqual(lost);
  expect(all().length).toBe(had + 1);
});
