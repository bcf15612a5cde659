import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../replicate/until.ts';
import { codeOf, problemOf, secret, space, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

let edge: TrustedEdge;
let owner: string;
let reader: string;
let editor: string;
let granted: string;
let stranger: string;

beforeAll(async () => {
  edge = await startTrustedEdge();
  owner = edge.person('owner', { isAdmin: true });
  reader = edge.person('reader');
  editor = edge.person('editor');
  granted = edge.person('granted');
  stranger = edge.person('stranger');
  edge.member('owner', 'manager');
  edge.member('owner', 'manager', secret);
  edge.member('reader', 'reader');
  edge.hub.put('group', { group: 'writers', members: ['editor'] });
  edge.hub.put('member', { space, subject: { type: 'group', group: 'writers' }, role: 'editor' });
  await edge.settled();
  await put(owner, '/plans/north/inner.txt', 'inner');
  await put(owner, '/plans/south.txt', 'south');
  await put(owner, '/other.txt', 'other');
  const { id } = await edge.calls(owner).stat.query({ space, path: '/plans/north' });
  edge.grant('granted', id, 'editor');
  await edge.settled();
});
afterAll(() => edge.stop());

const put = (token: string, path: string, body: string) => edge.fetch(`/files/${space}${path}`, token, { method: 'PUT', body });
const get = (token: string | null, path: string) => edge.fetch(`/files/${space}${path}`, token);

describe('who comes in', () => {
  test('nobody without a token that counts', async () => {
    expect(await problemOf(await get(null, '/other.txt'))).toBe('unauthenticated');
    expect(await problemOf(await get('jzse_made_up', '/other.txt'))).toBe('unauthenticated');
    expect(await problemOf(await get('nobody-has-this-token', '/other.txt'))).toBe('unauthenticated');
  });

  test('a token that expired, or whose person is disabled, does not count', async () => {
    const old = edge.token('reader', { expiresMs: Date.now() - 1 });
    const gone = edge.person('gone', { isDisabled: true });
    edge.member('gone', 'reader');
    await edge.settled();
    expect(await problemOf(await get(old, '/other.txt'))).toBe('unauthenticated');
    expect(await problemOf(await get(gone, '/other.txt'))).toBe('unauthenticated');
  });

  test('a page gets a cookie for a token, which ends with it', async () => {
    const id = edge.person('visitor');
    edge.member('visitor', 'reader');
    await edge.settled();
    const opened = await edge.fetch('/session', null, json({ token: id }));
    expect(opened.status).toBe(204);
    const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(cookie).not.toContain(id);
    const seen = () => edge.fetch(`/files/${space}/other.txt`, null, { headers: { cookie } });
    expect((await seen()).status).toBe(200);
    edge.hub.drop('token', id.split('_')[1] ?? '');
    await edge.settled();
    expect(await problemOf(await seen())).toBe('unauthenticated');
    expect(await problemOf(await edge.fetch('/session', null, json({ token: id })))).toBe('unauthenticated');
  });
});

describe('roles', () => {
  test('a reader reads and writes nothing; an editor by a group writes', async () => {
    expect((await get(reader, '/other.txt')).status).toBe(200);
    expect(await problemOf(await put(reader, '/new.txt', 'x'))).toBe('forbidden');
    expect(await codeOf(edge.calls(reader).makeFolder.mutate({ space, path: '/new' }))).toBe('forbidden');
    expect((await put(editor, '/by-editor.txt', 'x')).status).toBe(201);
    expect(await codeOf(edge.calls(editor).sharing.members.query({ space }))).toBe('forbidden');
    expect(await codeOf(edge.calls(owner).sharing.members.query({ space }))).toBe('ok');
  });

  test('versions carry who wrote them', async () => {
    await put(editor, '/whose.txt', 'x');
    expect((await edge.calls(reader).stat.query({ space, path: '/whose.txt' })).author).toEqual({
      user: 'editor',
      device: 'laptop',
      region: 'beijing',
    });
  });

  test('a stranger learns of no space, and an admin reads none by that alone', async () => {
    const admin = edge.person('admin', { isAdmin: true });
    await edge.settled();
    for (const token of [stranger, admin]) {
      expect(await edge.calls(token).listSpaces.query()).toEqual([]);
      expect((await edge.calls(token).status.query()).spaces).toEqual([]);
      expect(await problemOf(await get(token, '/other.txt'))).toBe('unknown-space');
      expect(await codeOf(edge.calls(token).list.query({ space, path: '/' }))).toBe('unknown-space');
      expect(await problemOf(await put(token, '/x', 'x'))).toBe('unknown-space');
    }
  });

  test('a token is no wider than its scopes and spaces', async () => {
    const readOnly = edge.token('owner', { scopes: ['read'] });
    const writeOnly = edge.token('owner', { scopes: ['write'] });
    const elsewhere = edge.token('owner', { spaces: [secret] });
    await edge.settled();
    expect((await get(readOnly, '/other.txt')).status).toBe(200);
    expect(await problemOf(await put(readOnly, '/x', 'x'))).toBe('forbidden');
    expect(await problemOf(await get(writeOnly, '/other.txt'))).toBe('forbidden');
    expect((await put(writeOnly, '/dropped.txt', 'x')).status).toBe(201);
    expect(await problemOf(await get(elsewhere, '/other.txt'))).toBe('unknown-space');
    expect(await edge.calls(elsewhere).listSpaces.query()).toEqual([secret]);
    expect(await codeOf(edge.calls(readOnly).resync.mutate({ space }))).toBe('forbidden');
    expect(await codeOf(edge.calls(readOnly).accounts.tokens.query())).toBe('forbidden');
  });
});

describe('a grant on a folder', () => {
  test('shows the way there and nothing else', async () => {
    const names = async (path: string) => (await edge.calls(granted).list.query({ space, path })).entries.map(({ name }) => name);
    expect(await names('/')).toEqual(['plans']);
    expect(await names('/plans')).toEqual(['north']);
    expect(await names('/plans/north')).toEqual(['inner.txt']);
    const listed = (await (await get(granted, '/plans')).json()) as { readonly entries: readonly { readonly name: string }[] };
    expect(listed.entries.map(({ name }) => name)).toEqual(['north']);
    for (const path of ['/other.txt', '/plans/south.txt', '/plans/nothing.txt', '/nothing']) {
      expect(await problemOf(await get(granted, path))).toBe('unknown-path');
      expect(await codeOf(edge.calls(granted).stat.query({ space, path }))).toBe('unknown-path');
      expect(await problemOf(await put(granted, path, 'x'))).toMatch(/unknown-path|forbidden/);
    }
    expect((await get(granted, '/plans/north/inner.txt')).status).toBe(200);
  });

  test('lets write below it, and nowhere else', async () => {
    expect((await put(granted, '/plans/north/mine/a.txt', 'x')).status).toBe(201);
    expect(await codeOf(edge.calls(granted).remove.mutate({ space, path: '/plans' }))).toBe('forbidden');
    expect(await codeOf(edge.calls(granted).remove.mutate({ space, path: '/plans/south.txt' }))).toBe('unknown-path');
    const out = { space, from: '/plans/north/mine/a.txt', to: '/plans/a.txt' };
    expect(await codeOf(edge.calls(granted).move.mutate(out))).toBe('unknown-path');
    expect(await codeOf(edge.calls(granted).listChanges.query({ space }))).toBe('forbidden');
    expect(await codeOf(edge.calls(granted).sharing.grants.query({ space, path: '/plans/north' }))).toBe('forbidden');
  });

  test('chunks of the whole space are not for who sees a folder', async () => {
    const asked = json({ space, hashes: ['a'.repeat(64)] });
    expect(await problemOf(await edge.fetch('/chunks/read', granted, asked))).toBe('forbidden');
    expect(await problemOf(await edge.fetch('/chunks/read', stranger, asked))).toBe('unknown-space');
    expect((await edge.fetch('/chunks/read', reader, asked)).status).toBe(200);
    expect(await codeOf(edge.calls(reader).missingChunks.mutate({ hashes: [] }))).toBe('forbidden');
    expect(await codeOf(edge.calls(granted).missingChunks.mutate({ hashes: [] }))).toBe('ok');
  });

  test('events tell of what may be known, and end with the right to it', async () => {
    const told: string[] = [];
    let ended = '';
    const watching = edge.calls(granted).watch.subscribe(
      { space },
      {
        onData: ({ data }) => told.push(JSON.stringify(data)),
        onError: (error) => {
          ended = error.data?.jzse.code ?? 'unknown';
        },
      },
    );
    await put(owner, '/plans/hidden name.txt', 'x');
    await until(async () => {
      await put(owner, '/plans/north/seen.txt', String(Math.random()));
      return told.length > 0;
    });
    await put(owner, '/hidden too.txt', 'x');
    expect(told.join()).toContain('/plans/north');
    expect(told.join()).not.toContain('hidden');
    expect(ended).toBe('');
    edge.hub.drop('token', granted.split('_')[1] ?? '');
    await edge.settled();
    await until(async () => {
      await put(owner, '/plans/north/seen.txt', String(Math.random()));
      return ended !== '';
    });
    expect(ended).not.toBe('');
    watching.unsubscribe();
  });
});

describe('a right that went while an upload was on its way', () => {
  test('is no right: nothing is committed', async () => {
    const leaving = edge.person('leaving');
    edge.member('leaving', 'editor');
    await edge.settled();
    const metadata = `space ${Buffer.from(space).toString('base64')},path ${Buffer.from('/late.txt').toString('base64')}`;
    const tus = { 'tus-resumable': '1.0.0' };
    const made = await edge.fetch('/tus', leaving, {
      method: 'POST',
      headers: { ...tus, 'upload-length': '4', 'upload-metadata': metadata },
    });
    expect(made.status).toBe(201);
    const address = made.headers.get('location') ?? '';
    const send = (token: string, offset: number, body: string) =>
      edge.fetch(address, token, {
        method: 'PATCH',
        headers: { ...tus, 'content-type': 'application/offset+octet-stream', 'upload-offset': String(offset) },
        body,
      });
    expect((await send(leaving, 0, 'ab')).status).toBe(204);
    expect(await problemOf(await send(owner, 2, 'cd'))).toBe('unknown-upload');
    // One long request, of which the last byte comes after the right is gone.
    const slow = new TransformStream<Uint8Array, Uint8Array>();
    const writer = slow.writable.getWriter();
    const answer = edge.fetch('/files/demo/slow.txt', leaving, { method: 'PUT', body: slow.readable, duplex: 'half' } as RequestInit);
    await writer.write(Buffer.from('begun'));
    edge.hub.drop('member', `${space}/user/leaving`);
    await edge.settled();
    await writer.close();
    expect(await problemOf(await answer)).toBe('unknown-space');
    expect(await problemOf(await send(leaving, 2, 'cd'))).toBe('unknown-space');
    expect(await problemOf(await get(owner, '/slow.txt'))).toMatch(/unknown-path|not-known/);
    expect(await problemOf(await get(owner, '/late.txt'))).toMatch(/unknown-path|not-known/);
  });
});

function json(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
