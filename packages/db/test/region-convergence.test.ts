import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Author, Entry, EntryId, Forget, Operation, SpaceId } from '@jzse/sync';
import { hubRegion, hubReplica, regionId, replicaId, rootId } from '@jzse/sync';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { OpenRegionStore } from '../src/region/index.ts';
import { openRegionStore, ReplicaReused } from '../src/region/index.ts';
import { TestAuthor, testContent } from '../src/testing/index.ts';
import { TestHubLog } from './test-hub-log.ts';
import { digestOf } from './tree-digest.ts';

const space = 'demo' as SpaceId;
const page = { after: null, limit: 100 };
const own: Author = { user: 'u', device: 'd', region: regionId('beijing') };

let folder: string;
let file: string;
let store: OpenRegionStore;
let nowMs: number;
let log: TestHubLog;
let beijing: TestAuthor;
let shanghai: TestAuthor;
let shenzhen: TestAuthor;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-region-'));
  file = join(folder, 'region.db');
  nowMs = 1000;
  store = openRegionStore({ file, nowMs: () => nowMs });
  await store.createSpace(space);
  await store.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
  log = new TestHubLog();
  beijing = new TestAuthor('beijing:1');
  shanghai = new TestAuthor('shanghai:1');
  shenzhen = new TestAuthor('shenzhen:1');
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const commit = (operations: readonly Operation[], changeId?: string) =>
  store.commit({
    space,
    contents: [],
    decide: () => operations,
    ...(changeId === undefined ? {} : { change: { changeId, what: 'moved', author: own } }),
  });
const take = (...operations: readonly Operation[]) =>
  store.applyFeed(
    space,
    operations.map((operation) => log.take(operation)),
  );
const names = (entries: readonly Entry[]) => entries.map((entry) => entry.name);
const forget = (counter: number, what: Pick<Forget, 'entries' | 'versions'>): Forget => ({
  type: 'forget',
  entryId: rootId,
  dot: { replica: hubReplica(0), counter },
  stamp: { wallMs: 9000, logical: 0, replica: hubReplica(0) },
  context: { position: { epoch: 0, sequence: log.rows.length }, counter: counter - 1 },
  author: { user: 'hub', device: 'hub', region: hubRegion },
  ...what,
});

test('[SY13] a batch whose last row names the digest is compared at once, with outstanding operations left out', async () => {
  const [a, b] = [shanghai.createFolder(rootId, 'a'), shanghai.createFile(rootId, 'b')];
  await commit([beijing.createFile(rootId, 'mine')]);
  const rows = [a, b, shanghai.move(b.entryId, a.entryId, 'c')].map((operation) => log.take(operation));
  const hub = digestOf(log.tree);
  const applied = await store.applyFeed(
    space,
    rows.map((row, at) => (at === 2 ? { ...row, digest: hub } : row)),
  );
  expect(applied.digests).toEqual({ position: { epoch: 0, sequence: 3 }, hub, own: hub });
  expect((await store.cursor(space)).dot).toEqual(rows[2]?.operation.dot);
  expect((await store.recomputeDigest(space))?.digest).toBe(hub);
  expect(await take(shanghai.createFile(rootId, 'd'))).toEqual({ digests: null });
});

test('[SY13] a folder names its children or, where they are many, the sums of 256 parts of them', async () => {
  const files = Array.from({ length: 300 }, (_, at) => shanghai.createFile(rootId, `f${at}`));
  await take(...files);
  const whole = await store.digestChildren(space, rootId, null);
  expect(whole.children).toBeNull();
  expect(whole.buckets).toHaveLength(256);
  const bucket = whole.buckets.findIndex((sum) => sum !== '0');
  const part = await store.digestChildren(space, rootId, bucket);
  expect(part.buckets[bucket]).toBe(whole.buckets[bucket]);
  const sum = part.children?.reduce((total, child) => total + BigInt(`0x${child.term}`), 0n) ?? 0n;
  expect((sum % 2n ** 256n).toString(16)).toBe(whole.buckets[bucket]);
});

test('[SY13] a store of an older schema gets its sums when it is opened', async () => {
  await store.close();
  rmSync(file);
  const old = new Database(file);
  for (const name of ['01-region', '02-held-bytes', '03-seen-replica'])
    old.exec(readFileSync(new URL(`../src/region/migrations/${name}.sql`, import.meta.url), 'utf8'));
  old.pragma('user_version = 3');
  old.prepare("INSERT INTO space (id, sequence) VALUES ('demo', 3)").run();
  const conflict = shanghai.createFile(rootId, 'f');
  for (const operation of [conflict, shanghai.write(conflict.entryId, []), shanghai.createFolder(rootId, 'd')]) log.take(operation);
  const put = old.prepare("INSERT INTO entry (space, id, parent_id, name_key, live, state) VALUES ('demo', ?, ?, ?, 1, ?)");
  for (const entry of log.tree.entries.values())
    if (entry.parentId !== null) put.run(entry.id, entry.parentId, entry.name, JSON.stringify(entry));
  const putVersion = old.prepare(
    "INSERT INTO version (space, dot, entry_id, content_hash, wall_ms, logical, state) VALUES ('demo', ?, ?, ?, 0, 0, ?)",
  );
  for (const [dot, { entryId, version }] of log.tree.versions) putVersion.run(dot, entryId, version.content.hash, JSON.stringify(version));
  old.close();
  store = openRegionStore({ file, nowMs: () => nowMs });
  expect((await store.digest(space)).digest).toBe(digestOf(log.tree));
  expect(await store.countConflicts(space)).toBe(1);
  expect((await store.recentChanges(space, own, 0)).total).toBe(1);
  await take(shanghai.createFile(rootId, 'g'));
  expect((await store.digest(space)).digest).toBe(digestOf(log.tree));
});

test('[SY11] what the log forgets is gone: the tombstone, the version, and what its bytes are made of', async () => {
  const [gone, kept] = [shanghai.createFile(rootId, 'gone'), shanghai.createFile(rootId, 'kept')];
  const remove = shanghai.delete(gone.entryId, [gone.dot]);
  const write = shanghai.write(kept.entryId, [kept.dot]);
  await take(gone, kept, remove, write);
  const chunks = [kept.content.hash, testContent('more').hash].map((hash) => ({ hash, size: 1 }));
  await store.markHeld(space, [{ content: { ...kept.content, manifest: testContent('manifest').hash }, chunks }]);
  await take(
    forget(1, {
      entries: [{ id: gone.entryId, deletedBy: remove.dot }],
      versions: [{ entryId: kept.entryId, dot: kept.dot }],
    }),
  );
  expect(await store.entry(space, gone.entryId)).toBeNull();
  expect(await store.version(space, kept.dot)).toBeNull();
  expect((await store.listVersions(space, kept.entryId, page)).items).toHaveLength(1);
  expect(await store.isHeld(kept.content.hash)).toBe(false);
  expect(await store.chunksOf({ ...kept.content, manifest: testContent('manifest').hash })).toBeNull();
  expect((await store.digest(space)).digest).toBe(digestOf(log.tree));
});

test('[SY7] the base of a merge is found by what versions were made from', async () => {
  const first = shanghai.createFile(rootId, 'f');
  const second = shanghai.write(first.entryId, [first.dot]);
  const [left, right] = [shanghai.write(first.entryId, [second.dot]), shenzhen.write(first.entryId, [second.dot])];
  await take(first, second, left, right);
  expect((await store.commonAncestor(space, [left.dot, right.dot]))?.dot).toEqual(second.dot);
  expect((await store.version(space, left.dot))?.parents).toEqual([second.dot]);
  expect(await store.commonAncestor(space, [{ replica: shanghai.replica, counter: 99 }, right.dot])).toBeNull();
});

test('conflicts and deleted entries are listed below a folder, a page at a time', async () => {
  const [a, b] = [shanghai.createFolder(rootId, 'a'), shanghai.createFolder(rootId, 'b')];
  const below = shanghai.createFolder(a.entryId, 'below');
  const files = [below.entryId, below.entryId, b.entryId, rootId].map((parent, at) => shanghai.createFile(parent, `f${at}`));
  await take(a, b, below, ...files, ...files.map((one) => shenzhen.write(one.entryId, [])));
  expect(await store.countConflicts(space)).toBe(4);
  const first = await store.listConflicts(space, a.entryId, { after: null, limit: 1 });
  const rest = await store.listConflicts(space, a.entryId, { after: first.next, limit: 5 });
  expect(names([...first.items, ...rest.items])).toEqual(['f0', 'f1']);
  expect(rest.next).toBeNull();
  const heads = async (id: EntryId) => (await store.entry(space, id))?.heads.map((head) => head.dot) ?? [];
  for (const one of files) await take(shanghai.delete(one.entryId, await heads(one.entryId)));
  expect(await store.countConflicts(space)).toBe(0);
  expect(names((await store.listDeleted(space, null, page)).items)).toEqual(['f3', 'f2', 'f1', 'f0']);
  const newest = await store.listDeleted(space, a.entryId, { after: null, limit: 1 });
  expect(names(newest.items)).toEqual(['f1']);
  expect(names((await store.listDeleted(space, a.entryId, { after: newest.next, limit: 9 })).items)).toEqual(['f0']);
});

test('a change names what it touched as it was before, and is forgotten after a while', async () => {
  const [a, f] = [beijing.createFolder(rootId, 'a'), beijing.createFile(rootId, 'f')];
  await commit([a, f]);
  await commit([beijing.move(f.entryId, a.entryId, 'g')], 'change');
  await commit([beijing.move(f.entryId, rootId, 'h'), beijing.move(a.entryId, rootId, 'b')], 'change');
  const journal = await store.changeJournal(space, 'change');
  expect(journal?.map((row) => row.before?.name)).toEqual(['f', 'a']);
  expect(await store.changeJournal(space, 'other')).toBeNull();
  expect(await store.listChanges(space, 5)).toEqual([{ changeId: 'change', atMs: 1000, author: own, what: 'moved', entries: 3 }]);
  expect(await store.pruneJournal(1000, 10)).toBe(0);
  expect(await store.pruneJournal(1001, 10)).toBe(4);
  expect(await store.listChanges(space, 5)).toEqual([]);
  expect((await store.recentChanges(space, own, 0)).entries).toBe(0);
});

test('[SY14] files that one author touched lately are counted once, among those that there were', async () => {
  const files = ['f', 'g', 'h', 'i'].map((name) => beijing.createFile(rootId, name));
  const [f, g, h] = files;
  if (f === undefined || g === undefined || h === undefined) throw new Error('no files');
  await commit(files);
  expect(await store.recentChanges(space, own, 0)).toEqual({ entries: 0, total: 4 });
  await commit([beijing.move(f.entryId, rootId, 'f2'), beijing.write(f.entryId, [f.dot])]);
  nowMs = 2000;
  await commit([beijing.delete(g.entryId, [g.dot]), beijing.delete(h.entryId, [h.dot])]);
  expect(await store.recentChanges(space, own, 0)).toEqual({ entries: 3, total: 4 });
  expect(await store.recentChanges(space, own, 1500)).toEqual({ entries: 2, total: 4 });
  expect(await store.recentChanges(space, { ...own, device: 'other' }, 0)).toEqual({ entries: 0, total: 2 });
  await commit([beijing.restore(g.entryId, g.content)]);
  expect((await store.recentChanges(space, own, 1500)).total).toBe(5);
});

test('[SY14] moving a folder touches every file below it, however deep, as often as it is moved', async () => {
  const [top, below, empty] = [
    shanghai.createFolder(rootId, 'top'),
    shanghai.createFolder(rootId, 'below'),
    shanghai.createFolder(rootId, 'empty'),
  ];
  const files = Array.from({ length: 6 }, (_, at) => shanghai.createFile(below.entryId, `f${at}`));
  const [first, second] = files;
  if (first === undefined || second === undefined) throw new Error('no files');
  await take(top, below, empty, ...files, shanghai.createFile(rootId, 'aside'), shanghai.createFile(top.entryId, 'g'));
  await take(
    shanghai.move(below.entryId, top.entryId, 'inner'),
    shanghai.delete(first.entryId, [first.dot]),
    shanghai.move(second.entryId, rootId, 'out'),
  );
  await commit([beijing.move(empty.entryId, rootId, 'other')]);
  expect(await store.recentChanges(space, own, 0)).toEqual({ entries: 0, total: 7 });
  await commit([beijing.move(top.entryId, rootId, 'renamed')]);
  expect(await store.recentChanges(space, own, 0)).toEqual({ entries: 5, total: 7 });
  await commit([beijing.move(top.entryId, rootId, 'top')]);
  expect((await store.recentChanges(space, own, 0)).entries).toBe(5);
  nowMs = 2000;
  await commit([beijing.move(below.entryId, rootId, 'out of it')]);
  expect((await store.recentChanges(space, own, 0)).entries, 'never more than there are').toBe(7);
  expect((await store.recentChanges(space, own, 1500)).entries).toBe(4);
  expect(await store.pruneJournal(1500, 100)).toBe(3);
  expect((await store.recentChanges(space, own, 0)).entries).toBe(4);
});

test('[SY14] files below folders are counted after a snapshot and in a store of an older schema too', async () => {
  const [top, one] = [shanghai.createFolder(rootId, 'top'), shanghai.createFile(rootId, 'f')];
  await store.applySnapshot(space, {
    position: { epoch: 0, sequence: 3 },
    forks: {},
    acknowledged: { 'shanghai:1': 3 },
    dot: null,
    pages: (async function* () {
      for (const operation of [top, one, shanghai.move(one.entryId, top.entryId, 'g')]) yield { effects: log.take(operation).effects };
    })(),
    tail: [],
  });
  await commit([beijing.move(top.entryId, rootId, 'a')]);
  expect((await store.recentChanges(space, own, 0)).entries).toBe(1);
  await store.close();
  const database = new Database(file);
  database.exec('UPDATE folder_sum SET files = 0; UPDATE tree SET aliases = NULL; DELETE FROM touched_file; DELETE FROM touched_count');
  database.close();
  store = openRegionStore({ file, nowMs: () => nowMs });
  await commit([beijing.move(top.entryId, rootId, 'b')]);
  expect((await store.recentChanges(space, own, 0)).entries).toBe(1);
});

test('[SY14] a door that closes makes one change of all that its author did, until it opens', async () => {
  const files = ['f', 'g', 'h'].map((name) => beijing.createFile(rootId, name));
  await commit(files);
  const remove = (at: number) => commit(files.slice(at, at + 1).map((one) => beijing.delete(one.entryId, [one.dot])));
  await remove(0);
  const door = { space, sinceMs: 1000, reason: 'many', author: own, entries: 1, changeId: 'door' };
  await store.closeDoor(door, 500);
  await store.closeDoor({ ...door, changeId: 'second' }, 0);
  expect(await store.doors()).toEqual([door]);
  await remove(1);
  expect((await store.changeJournal(space, 'door'))?.map((row) => row.before?.name)).toEqual(['f', 'g']);
  await store.openDoor(space);
  nowMs = 1100;
  await remove(2);
  expect(await store.doors()).toEqual([]);
  expect(await store.changeJournal(space, 'door')).toHaveLength(2);
  expect((await store.recentChanges(space, own, 0)).entries).toBe(1);
  await store.expectChange(space, 5000);
  expect(await store.expectedUntilMs(space)).toBe(5000);
});

test('[SY10] rows of the log are found by sequence, across epochs, until they are pruned', async () => {
  await take(...['a', 'b', 'c'].map((name) => shanghai.createFile(rootId, name)));
  expect(await store.feedDot(space, { epoch: 5, sequence: 2 })).toEqual({ replica: 'shanghai:1', counter: 2 });
  expect(await store.feedRange(space)).toEqual({ first: { epoch: 0, sequence: 1 }, last: { epoch: 0, sequence: 3 } });
  expect(await store.pruneFeed(space, { epoch: 0, sequence: 2 }, 1)).toBe(1);
  expect(await store.pruneFeed(space, { epoch: 0, sequence: 2 }, 5)).toBe(1);
  expect(await store.feedDot(space, { epoch: 0, sequence: 2 })).toBeNull();
  expect((await store.feedRange(space))?.first.sequence).toBe(3);
});

test('[SY10] commits and reads go on while a snapshot is built, and a snapshot that breaks off leaves everything as it was', async () => {
  await take(shanghai.createFile(rootId, 'old'));
  const other = new TestHubLog();
  const far = shanghai.createFile(rootId, 'new');
  const row = other.take({ ...far, dot: { replica: replicaId(regionId('shenzhen'), 1), counter: 1 } });
  const seen: string[][] = [];
  const shownNames = async () => names((await store.listFolder(space, rootId, page)).items);
  const snapshot = (isBroken: boolean) => ({
    position: { epoch: 0, sequence: 2 },
    forks: {},
    acknowledged: { 'shanghai:1': 1, 'shenzhen:1': 1 },
    dot: row.operation.dot,
    pages: (async function* () {
      yield { effects: row.effects.filter((effect) => effect.type === 'entry') };
      await commit([beijing.createFile(rootId, `during${seen.length}`)]);
      seen.push(await shownNames());
      if (isBroken) throw new Error('the network is gone');
      yield { effects: row.effects.filter((effect) => effect.type === 'version') };
    })(),
    tail: [{ ...row, position: { epoch: 0, sequence: 2 } }],
  });
  await expect(store.applySnapshot(space, snapshot(true))).rejects.toThrow('gone');
  await store.applySnapshot(space, snapshot(false));
  expect(seen).toEqual([
    ['during0', 'old'],
    ['during0', 'during1', 'old'],
  ]);
  expect(await shownNames()).toEqual(['during0', 'during1', 'new']);
  expect((await store.digest(space)).digest).toBe(digestOf(other.tree));
  expect(await store.feedRange(space)).toEqual({ first: { epoch: 0, sequence: 2 }, last: { epoch: 0, sequence: 2 } });
  expect((await store.recentChanges(space, own, 0)).total).toBe(3);
  await store.close();
  store = openRegionStore({ file, nowMs: () => nowMs });
  expect(await shownNames()).toEqual(['during0', 'during1', 'new']);
  const left = new Database(file, { readonly: true });
  await vi.waitFor(() => expect(left.prepare('SELECT key FROM tree').pluck().all()).toEqual(['demo#2']));
  expect(left.prepare('SELECT DISTINCT tree FROM entry').pluck().all()).toEqual(['demo#2']);
  left.close();
});

test('policies, the divergence and the regions are kept, and an older policy changes nothing', async () => {
  expect([await store.policy(space), await store.divergence(space), await store.knownRegions()]).toEqual([null, null, []]);
  await store.setPolicy(space, { revision: 2, policy: '{"two":2}' });
  await store.setPolicy(space, { revision: 1, policy: '{}' });
  const divergence = { since: { epoch: 1, sequence: 7 }, paths: ['/a', '/b'] };
  await store.noteDivergence(space, divergence);
  await store.noteRegions([{ region: regionId('gone'), url: 'http://gone' }]);
  await store.noteRegions([{ region: regionId('shanghai'), url: 'http://shanghai' }]);
  await store.close();
  store = openRegionStore({ file, nowMs: () => nowMs });
  expect(await store.policy(space)).toEqual({ revision: 2, policy: '{"two":2}' });
  expect(await store.divergence(space)).toEqual(divergence);
  expect(await store.knownRegions()).toEqual([{ region: 'shanghai', url: 'http://shanghai' }]);
  await store.noteDivergence(space, null);
  expect(await store.divergence(space)).toBeNull();
});

test('[SY10] a disk that was put back to a copy is found out by the feed, and goes on as a new replica with nothing lost', async () => {
  const [kept, ofToday, changedToday] = [
    beijing.createFile(rootId, 'kept'),
    beijing.createFile(rootId, 'of today'),
    beijing.createFile(rootId, 'more'),
  ];
  await commit([kept]);
  await take(kept);
  // The copy is of now. Since then, the former life made two more files, and everybody has them.
  const rows = [log.take(ofToday), log.take(changedToday)];
  const restored = new TestAuthor('beijing:1');
  restored.counter = 1;
  restored.wallMs = 5000;
  const again = { ...restored.createFile(rootId, 'made after the restore'), entryId: 'another id' as EntryId };
  await commit([again, restored.write(again.entryId, [again.dot], testContent('second'))]);

  await expect(store.applyFeed(space, rows)).rejects.toThrow(ReplicaReused);
  expect(await store.outboxSize(space)).toBe(2);
  await store.renewReplica(regionId('beijing'), replicaId(regionId('beijing'), 2));
  await store.applyFeed(space, rows);
  const outbox = await store.readOutbox(space, 10);
  expect(outbox.map(({ dot }) => dot)).toEqual([1, 2].map((counter) => ({ replica: 'beijing:2', counter })));
  expect(outbox[1]).toMatchObject({ base: [{ replica: 'beijing:2', counter: 1 }] });
  expect(names((await store.listFolder(space, rootId, page)).items)).toEqual(['kept', 'made after the restore', 'more', 'of today']);
  const shown = await store.entryAtPath(space, ['made after the restore']);
  expect(shown?.heads).toMatchObject([{ content: testContent('second'), dot: { replica: 'beijing:2', counter: 2 } }]);
  await take(...outbox);
  expect(await store.outboxSize(space)).toBe(0);
  expect((await store.digest(space)).digest).toBe(digestOf(log.tree));
});

test('[SY10] rows of this life before the first that gives the copy away are taken', async () => {
  const [waiting, lost] = [beijing.createFile(rootId, 'waiting'), beijing.createFile(rootId, 'lost')];
  await commit([waiting]);
  const rows = [log.take(waiting), log.take(lost)];
  await store.applyFeed(space, rows);
  expect((await store.cursor(space)).position.sequence).toBe(1);
  await expect(store.applyFeed(space, rows)).rejects.toThrow(ReplicaReused);
});
