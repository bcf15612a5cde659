import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Content, FeedRow, Operation, SpaceId } from '@jzse/sync';
import { applyOperation, dotKey, entryId, hash, regionId, replicaId, rootEntry, rootId, TreeOverlay, tickClock } from '@jzse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CommitView, OpenRegionStore, ShownFolders } from '../src/region/index.ts';
import { FeedGap, openRegionStore, ReplicaReused, SnapshotWouldLose } from '../src/region/index.ts';

const space = 'demo' as SpaceId;
const facts = { mediaType: null, modifiedMs: null };
const content = (digit: string): Content => ({ hash: hash(digit.repeat(64)), size: 1, manifest: null });
const beijing = { user: 'u', device: 'd', region: regionId('beijing') };

let folder: string;
let store: OpenRegionStore;
let shown: ShownFolders[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-region-'));
  shown = [];
  store = openRegionStore({ file: join(folder, 'region.db'), nowMs: () => 1000, onShown: (folders) => shown.push(folders) });
  await store.createSpace(space);
  await store.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const header = (view: CommitView, name: string): Pick<Operation, 'dot' | 'stamp' | 'context' | 'entryId' | 'author'> => ({
  dot: { replica: view.replica, counter: view.lastCounter + 1 },
  stamp: { ...tickClock(view.clock, 5000), replica: view.replica },
  context: { position: view.position, counter: view.lastCounter },
  entryId: entryId(`beijing-${name}`),
  author: beijing,
});
const createHere = (name: string, bytes = 'a') =>
  store.commit({
    space,
    contents: [],
    decide: (view) => [{ type: 'create', kind: 'file', parentId: rootId, name, content: content(bytes), facts, ...header(view, name) }],
  });

/** A hub with one tree that takes operations in the order of the calls. */
function testHub(): { readonly take: (operation: Operation) => FeedRow } {
  const tree = new TreeOverlay({
    entry: (id) => (id === rootId ? rootEntry : null),
    aliasOf: () => null,
    liveChild: () => null,
    liveChildren: () => [],
    aliasesTo: () => [],
    hasChild: () => false,
  });
  let sequence = 0;
  return {
    take: (operation) => {
      const position = { epoch: 0, sequence: ++sequence };
      const effects = applyOperation(tree, operation, { position, forks: {} });
      tree.apply(effects);
      return { position, operation, effects };
    },
  };
}
const foreignCreate = (name: string, options: { readonly counter: number; readonly seen?: number }): Operation => {
  const replica = replicaId(regionId('shanghai'), 1);
  return {
    type: 'create',
    kind: 'file',
    parentId: rootId,
    name,
    content: content('b'),
    facts,
    entryId: entryId(`shanghai-${name}`),
    dot: { replica, counter: options.counter },
    stamp: { wallMs: 6000, logical: 0, replica },
    context: { position: { epoch: 0, sequence: options.seen ?? 0 }, counter: options.counter - 1 },
    author: { user: 'v', device: 'd', region: regionId('shanghai') },
  };
};
const names = async () =>
  (await store.listFolder(space, rootId, { after: null, limit: 100 })).items.map(
    (entry) => `${entry.name}:${entry.heads.map((head) => head.content.hash[0]).join('')}`,
  );

test('a commit is shown at once and waits in the outbox until the feed brings it back', async () => {
  const hub = testHub();
  const { operations } = await createHere('f');
  expect(await names()).toEqual(['f:a']);
  expect(await store.outboxSize(space)).toBe(1);
  await store.applyFeed(space, operations.map(hub.take));
  expect(await store.outboxSize(space)).toBe(0);
  expect((await store.entryAtPath(space, ['F']))?.heads[0]?.position).toEqual({ epoch: 0, sequence: 1 });
  expect((await store.cursor(space)).position.sequence).toBe(1);
});

test('rows that were applied are skipped, and a gap is refused', async () => {
  const hub = testHub();
  const rows = ['x', 'y', 'z'].map((name, at) => hub.take(foreignCreate(name, { counter: at + 1 })));
  await store.applyFeed(space, rows.slice(0, 1));
  await store.applyFeed(space, rows.slice(0, 2));
  await expect(
    store.applyFeed(
      space,
      rows.slice(2).map((row) => ({ ...row, position: { epoch: 0, sequence: 9 } })),
    ),
  ).rejects.toThrow(FeedGap);
  expect(await names()).toEqual(['x:b', 'y:b']);
});

test('[SY5] an outstanding create that clashes with what the feed brings is shown merged, and stays so', async () => {
  const hub = testHub();
  const { operations } = await createHere('same');
  await createHere('other');
  const foreign = hub.take(foreignCreate('same', { counter: 1 }));
  await store.applyFeed(space, [foreign]);
  expect(await names()).toEqual(['other:a', 'same:ba']);
  expect(await store.outboxSize(space)).toBe(2);
  await store.applyFeed(space, operations.map(hub.take));
  expect(await names()).toEqual(['other:a', 'same:ba']);
  expect(await store.outboxSize(space)).toBe(1);
});

test('a write that throws is undone alone; those that came with it are kept', async () => {
  const failing = store.commit({
    space,
    contents: [],
    decide: () => {
      throw new Error('no');
    },
  });
  const good = createHere('good');
  await expect(failing).rejects.toThrow('no');
  await good;
  expect(await names()).toEqual(['good:a']);
});

test('versions of an entry come newest first, a page at a time', async () => {
  const hub = testHub();
  const first = await createHere('f');
  for (const bytes of ['1', '2']) {
    await store.commit({
      space,
      contents: [],
      decide: (view) => [
        {
          type: 'write',
          base: view.tree.entry(entryId('beijing-f'))?.heads.map((head) => head.dot) ?? [],
          alsoIds: [],
          name: 'f',
          content: content(bytes),
          facts,
          ...header(view, 'f'),
        },
      ],
    });
  }
  await store.applyFeed(space, first.operations.map(hub.take));
  const page = await store.listVersions(space, entryId('beijing-f'), { after: null, limit: 2 });
  const rest = await store.listVersions(space, entryId('beijing-f'), { after: page.next, limit: 2 });
  expect([...page.items, ...rest.items].map((version) => `${dotKey(version.dot)}=${version.content.hash[0]}`)).toEqual([
    'beijing:1/3=2',
    'beijing:1/2=1',
    'beijing:1/1=a',
  ]);
});

test('collection leaves what a version, an upload or a lease needs', async () => {
  const row = (digit: string) => ({ hash: content(digit).hash, size: 1, encoding: 'plain' as const, inline: new Uint8Array([1]) });
  await store.chunkIndex.add([row('a'), row('c'), row('d')]);
  await store.chunkIndex.add([{ ...row('e'), inline: null }]);
  await createHere('f', 'a');
  await store.createUpload({
    id: 'up',
    space,
    path: '/u',
    metadata: '',
    length: null,
    offset: 0,
    expiresAtMs: 9,
    base: null,
    kind: 'single',
    completed: false,
    tail: new Uint8Array(),
  });
  await store.advanceUpload('up', { fromOffset: 0, toOffset: 1, sealed: [row('c')], tail: new Uint8Array() });
  expect(await store.releaseChunks({ leaseEndedBeforeMs: 1000, after: null, limit: 10 })).toEqual({ files: [], next: null });
  const first = await store.releaseChunks({ leaseEndedBeforeMs: 1001, after: null, limit: 3 });
  expect(first).toEqual({ files: [], next: content('d').hash });
  expect(await store.releaseChunks({ leaseEndedBeforeMs: 1001, after: first.next, limit: 3 })).toEqual({
    files: [content('e').hash],
    next: null,
  });
  expect(await store.chunkIndex.renew(['a', 'c', 'd', 'e'].map((digit) => content(digit).hash))).toEqual([
    content('d').hash,
    content('e').hash,
  ]);
});

test('[SY10] after a change of epoch, what the hub lost is offered again before the outbox', async () => {
  const hub = testHub();
  await store.applyFeed(space, [hub.take(foreignCreate('x', { counter: 1 }))]);
  await createHere('mine');
  const pages = (async function* () {
    yield { effects: [] };
  })();
  await store.applySnapshot(space, { position: { epoch: 1, sequence: 0 }, forks: { 0: 0 }, acknowledged: {}, dot: null, pages, tail: [] });
  expect((await store.readOutbox(space, 10)).map((operation) => dotKey(operation.dot))).toEqual(['shanghai:1/1', 'beijing:1/1']);
  expect(await names()).toEqual(['mine:a', 'x:b']);
});

test('a move names the folder that it left and the one that it reached', async () => {
  const folderOf = (name: string, view: CommitView, counter: number): Operation => ({
    ...header(view, name),
    dot: { replica: view.replica, counter },
    type: 'create',
    kind: 'folder',
    parentId: rootId,
    name,
  });
  await store.commit({
    space,
    contents: [],
    decide: (view) => ['p', 'q'].map((name, at) => folderOf(name, view, view.lastCounter + 1 + at)),
  });
  await createHere('f');
  const moveTo = (parent: string) =>
    store.commit({
      space,
      contents: [],
      decide: (view) => [{ type: 'move', parentId: entryId(`beijing-${parent}`), name: 'f', ...header(view, 'f') }],
    });
  await moveTo('p');
  shown.length = 0;
  await moveTo('q');
  expect(shown.map((folders) => folders.get(space))).toEqual([['beijing-p', 'beijing-q']]);
});

const emptySnapshot = (epoch: number) => ({
  position: { epoch, sequence: 0 },
  forks: {},
  acknowledged: {},
  dot: null,
  pages: (async function* () {})(),
  tail: [],
});

test('[SY10] a hub that lost its database is offered all that this region has seen, whoever made it', async () => {
  const hub = testHub();
  const { operations } = await createHere('mine');
  await store.applyFeed(space, [...operations.map(hub.take), hub.take(foreignCreate('theirs', { counter: 1 }))]);
  await store.applySnapshot(space, emptySnapshot(7));
  expect((await store.readOutbox(space, 10)).map((operation) => dotKey(operation.dot))).toEqual(['beijing:1/1', 'shanghai:1/1']);
  expect(await names()).toEqual(['mine:a', 'theirs:b']);
});

test('[SY10] a snapshot that would lose what this region cannot offer again is refused, and nothing changes', async () => {
  await store.applySnapshot(space, {
    ...emptySnapshot(3),
    position: { epoch: 3, sequence: 1 },
    acknowledged: { 'shanghai:1': 1 },
    pages: (async function* () {
      const operation = foreignCreate('theirs', { counter: 1 });
      yield { effects: [...testHub().take(operation).effects] };
    })(),
  });
  expect(await names()).toEqual(['theirs:b']);
  await expect(store.applySnapshot(space, emptySnapshot(9))).rejects.toThrow(SnapshotWouldLose);
  await expect(store.applySnapshot(space, emptySnapshot(3))).rejects.toThrow(SnapshotWouldLose);
  expect(await names()).toEqual(['theirs:b']);
  expect((await store.cursor(space)).position).toEqual({ epoch: 3, sequence: 1 });
});

test('[SY10] a row leaves the outbox by a snapshot only if the very operation was shown, not because its number was used', async () => {
  const { operations } = await createHere('mine');
  const snapshot = (taken: readonly Operation[]) => ({
    ...emptySnapshot(3),
    position: { epoch: 3, sequence: 1 },
    acknowledged: { 'beijing:1': 1 },
    taken: (async function* () {
      yield taken;
    })(),
  });
  const ofFormerLife = { ...foreignCreate('former', { counter: 1 }), dot: { replica: replicaId(regionId('beijing'), 1), counter: 1 } };
  for (const shown of [[ofFormerLife], []]) {
    await expect(store.applySnapshot(space, snapshot(shown))).rejects.toThrow(ReplicaReused);
    expect(await store.readOutbox(space, 10)).toEqual(operations);
    expect(await names()).toEqual(['mine:a']);
  }
  await store.applySnapshot(space, snapshot(operations));
  expect(await store.outboxSize(space)).toBe(0);
});

test('[SY10] what is committed while a snapshot is built does not make room for used numbers', async () => {
  await createHere('first');
  const pages = (async function* () {
    await createHere('second');
    yield { effects: [] };
  })();
  const snapshot = { ...emptySnapshot(3), position: { epoch: 3, sequence: 2 }, acknowledged: { 'beijing:1': 2 }, pages };
  await expect(store.applySnapshot(space, snapshot)).rejects.toThrow(ReplicaReused);
  expect(await store.outboxSize(space)).toBe(2);
});

test('[SY10] what the hub can show no more is known by what it made', async () => {
  const { operations } = await createHere('mine');
  const effects = operations.flatMap((operation) => testHub().take(operation).effects);
  const pages = (async function* () {
    yield { effects };
  })();
  await store.applySnapshot(space, { ...emptySnapshot(3), position: { epoch: 3, sequence: 1 }, acknowledged: { 'beijing:1': 1 }, pages });
  expect(await store.outboxSize(space)).toBe(0);
  expect(await names()).toEqual(['mine:a']);
});

test('[SY10] what is in the log as it was committed keeps its number when the rest becomes another replica', async () => {
  const { operations } = await createHere('before the copy');
  const [kept] = operations;
  if (kept === undefined) throw new Error('nothing was committed');
  await createHere('after the restore');
  const hub = testHub();
  const taken = [kept, { ...foreignCreate('of the former life', { counter: 2 }), dot: { ...kept.dot, counter: 2 } }];
  const effects = taken.flatMap((operation) => hub.take(operation).effects);
  const snapshot = () => ({
    ...emptySnapshot(3),
    position: { epoch: 3, sequence: 2 },
    acknowledged: { 'beijing:1': 2 },
    taken: (async function* () {
      yield taken;
    })(),
    pages: (async function* () {
      yield { effects };
    })(),
  });
  const refused: unknown = await store.applySnapshot(space, snapshot()).catch((cause: unknown) => cause);
  expect(refused).toMatchObject({ name: 'ReplicaReused', space, sameUpTo: kept.dot });
  await store.renewReplica(regionId('beijing'), replicaId(regionId('beijing'), 2), { space, upTo: kept.dot });
  const waiting = async () => (await store.readOutbox(space, 10)).map(({ dot }) => dotKey(dot));
  expect(await waiting()).toEqual(['beijing:1/1', 'beijing:2/1']);
  await store.applySnapshot(space, snapshot());
  expect(await waiting()).toEqual(['beijing:2/1']);
  expect(await names()).toEqual(['after the restore:a', 'before the copy:a', 'of the former life:b']);
});
