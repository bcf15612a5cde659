import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Operation, SpaceId } from '@jzse/sync';
import { applyOperation, entryId, hash, regionId, replicaId, rootEntry, rootId, TreeOverlay } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DirectoryRow, OpenRegionStore } from '../src/region/index.ts';
import { openRegionStore } from '../src/region/index.ts';

const space = 'demo' as SpaceId;
let folder: string;
let store: OpenRegionStore;
const open = (): OpenRegionStore => openRegionStore({ file: join(folder, 'region.db'), nowMs: () => 1000 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-directory-'));
  store = open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const row = (name: `${string}/${string}`, state: unknown, terms: readonly string[] = []): DirectoryRow => {
  const [kind = '', key = ''] = name.split('/');
  return { kind, key, state: state === null ? null : JSON.stringify(state), terms };
};
const part = (life: string, revision: number, rows: readonly DirectoryRow[]) =>
  store.directory.apply({ life, revision, rows, isLast: false, atMs: 5000 + revision });
const page = (life: string, revision: number, rows: readonly DirectoryRow[]) =>
  store.directory.apply({ life, revision, rows, isLast: true, atMs: 5000 + revision });

describe('the copy of the directory', () => {
  test('before one was read whole there is none', () => {
    expect(store.directory.head()).toEqual({ life: null, revision: 0, copiedMs: null, next: null });
    expect(store.directory.state('user', 'wei')).toBeNull();
  });

  test('a first directory decides when its last page is here', async () => {
    await part('a', 2, [row('user/wei', { user: 'wei' })]);
    expect(store.directory.state('user', 'wei')).toBeNull();
    expect(store.directory.head().next).toEqual({ life: 'a', revision: 2 });
    await page('a', 3, [row('user/lin', { user: 'lin' })]);
    expect(store.directory.keys('user')).toEqual(['lin', 'wei']);
    expect(store.directory.head()).toEqual({ life: 'a', revision: 3, copiedMs: 5003, next: null });
  });

  test('a record is replaced with its terms, and gone when its state is null', async () => {
    await page('a', 1, [row('group/staff', { members: ['wei', 'lin'] }, ['wei', 'lin'])]);
    expect(store.directory.states('group', 'wei')).toHaveLength(1);
    await page('a', 2, [row('group/staff', { members: ['lin'] }, ['lin'])]);
    expect(store.directory.states('group', 'wei')).toEqual([]);
    expect(store.directory.states('group', 'lin')).toEqual(['{"members":["lin"]}']);
    await page('a', 3, [row('group/staff', null)]);
    expect(store.directory.states('group', 'lin')).toEqual([]);
    expect(store.directory.keys('group')).toEqual([]);
  });

  test('another life decides nothing before it is whole, and then everything', async () => {
    await page('a', 9, [row('user/wei', { n: 1 }), row('token/t', { n: 1 }, ['hash'])]);
    await part('b', 1, [row('user/lin', { n: 2 })]);
    expect(store.directory.state('user', 'wei')).toBe('{"n":1}');
    expect(store.directory.head()).toMatchObject({ life: 'a', revision: 9, next: { life: 'b', revision: 1 } });
    // A third begins: what was read of the second is forgotten.
    await part('c', 1, [row('user/mei', { n: 3 })]);
    await page('c', 2, []);
    expect(store.directory.keys('user')).toEqual(['mei']);
    expect(store.directory.states('token', 'hash')).toEqual([]);
    expect(store.directory.head()).toMatchObject({ life: 'c', revision: 2, next: null });
  });

  test('what was copied outlives a restart; each page is a new version', async () => {
    const before = store.directory.version();
    await page('a', 1, [row('user/wei', {})]);
    expect(store.directory.version()).toBeGreaterThan(before);
    await store.close();
    store = open();
    expect(store.directory.head()).toMatchObject({ life: 'a', revision: 1 });
    expect(store.directory.state('user', 'wei')).toBe('{}');
  });
});

test('regional sessions are found by id, listed by person, and expire', async () => {
  const session = { user: 'wei', device: 'desk', token: null, cookieHash: 'c', refreshHash: null, createdMs: 1, expiresMs: 50 };
  await store.sessions.open({ ...session, id: 's1' });
  await store.sessions.open({ ...session, id: 's2', createdMs: 2, expiresMs: 500 });
  expect(store.sessions.find('s1')).toEqual({ ...session, id: 's1' });
  expect(store.sessions.ofUser('wei').map(({ id }) => id)).toEqual(['s1', 's2']);
  expect(await store.sessions.expire(100, 10)).toBe(1);
  await store.sessions.close('s2');
  expect(store.sessions.find('s2')).toBeNull();
});

test('a link is used no more often than it may be, also at the same moment', async () => {
  const uses = await Promise.all(Array.from({ length: 5 }, () => store.linkUses.add('l', 3)));
  expect(uses.filter((counted) => counted)).toHaveLength(3);
  expect(store.linkUses.count('l')).toBe(3);
});

test('ancestry is known by path and by id', async () => {
  await store.createSpace(space);
  await store.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
  const [a, b] = [entryId('a'), entryId('b')];
  await store.commit({
    space,
    contents: [],
    decide: ({ replica, position }) =>
      [
        { entryId: a, parentId: rootId, name: 'A' },
        { entryId: b, parentId: a, name: 'b' },
      ].map((folder, at) => ({
        ...folder,
        type: 'create' as const,
        kind: 'folder' as const,
        dot: { replica, counter: at + 1 },
        stamp: { wallMs: 1, logical: at, replica },
        context: { position, counter: at },
        author: { user: 'u', device: 'd', region: regionId('beijing') },
      })),
  });
  expect(store.ancestry.atPath(space, ['a', 'b'])).toEqual({ ids: [rootId, a, b], isWhole: true });
  expect(store.ancestry.atPath(space, ['a', 'c', 'd'])).toEqual({ ids: [rootId, a], isWhole: false });
  expect(store.ancestry.of(space, b)).toEqual([b, a, rootId]);
  expect(store.ancestry.of(space, entryId('none'))).toEqual([]);
});

test('a space that is left is gone, and goes on counting when it comes back', async () => {
  await store.createSpace(space);
  await store.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
  const make = (name: string) =>
    store.commit({
      space,
      contents: [],
      decide: ({ replica, position, lastCounter }) => [
        {
          type: 'create' as const,
          kind: 'folder' as const,
          entryId: entryId(name),
          parentId: rootId,
          name,
          dot: { replica, counter: lastCounter + 1 },
          stamp: { wallMs: 7, logical: lastCounter, replica },
          context: { position, counter: lastCounter },
          author: { user: 'u', device: 'd', region: regionId('beijing') },
        },
      ],
    });
  const { operations } = await make('a');
  // What waits to be sent is not thrown away.
  expect(await store.leaveSpace(space)).toBe(false);
  const [operation] = operations;
  if (operation === undefined) throw new Error('nothing was made');
  const position = { epoch: 0, sequence: 1 };
  await store.applyFeed(space, [{ position, operation, effects: applyOperation(emptyTree(), operation, { position, forks: {} }) }]);
  expect(await store.leaveSpace(space)).toBe(true);
  expect(await store.listSpaces()).toEqual([]);
  await store.createSpace(space);
  expect((await make('b')).counter).toBe(2);
  expect(await store.entryAtPath(space, ['a'])).toBeNull();
});

const emptyTree = () =>
  new TreeOverlay({
    entry: (id) => (id === rootId ? rootEntry : null),
    aliasOf: () => null,
    liveChild: () => null,
    liveChildren: () => [],
    aliasesTo: () => [],
    hasChild: () => false,
  });

test('what is shown is added up as it changes', async () => {
  await store.createSpace(space);
  await store.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
  const commit = (user: string, decide: (header: Header) => Operation) =>
    store.commit({
      space,
      contents: [],
      decide: ({ replica, position, lastCounter }) => [
        decide({
          dot: { replica, counter: lastCounter + 1 },
          stamp: { wallMs: 7, logical: lastCounter, replica },
          context: { position, counter: lastCounter },
          author: { user, device: 'd', region: regionId('beijing') },
        }),
      ],
    });
  const content = (size: number, digit: string) => ({ hash: hash(digit.repeat(64)), size, manifest: null });
  const facts = { mediaType: null, modifiedMs: null };
  const file = { entryId: entryId('f'), name: 'f', facts };
  const used = () => [store.usedBytes.ofSpace(space), store.usedBytes.ofUser('wei'), store.usedBytes.ofUser('mei')];
  const made = await commit('wei', (header) => ({
    type: 'create',
    kind: 'file',
    parentId: rootId,
    ...file,
    content: content(100, 'a'),
    ...header,
  }));
  expect(used()).toEqual([100, 100, 0]);
  const base = made.operations.map(({ dot }) => dot);
  const written = await commit('mei', (header) => ({ type: 'write', base, alsoIds: [], ...file, content: content(30, 'b'), ...header }));
  expect(used()).toEqual([30, 0, 30]);
  const heads = written.operations.map(({ dot }) => dot);
  await commit('mei', (header) => ({
    type: 'delete',
    entryId: file.entryId,
    base: heads,
    alsoIds: [],
    observed: [{ id: file.entryId, heads }],
    ...header,
  }));
  expect(used()).toEqual([0, 0, 0]);
});
type Header = Pick<Operation, 'dot' | 'stamp' | 'context' | 'author'>;
