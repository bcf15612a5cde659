import type { EntryId, Operation, RegionId, SpaceId } from '@jzse/sync';
import { dotKey, hubRegion, hubReplica, rootId } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubStore } from '../hub/hub-store.ts';
import type { HubStoreFixture } from './hub-store-fixture.ts';
import { TestAuthor } from './test-author.ts';

const space = 'demo' as SpaceId;
const region = 'beijing' as RegionId;
const startMs = 1_000_000;

/** What every hub store promises of the past of the tree, and of what may be forgotten of it. */
export function describeHubPast(name: string, open: () => Promise<HubStoreFixture>): void {
  describe(`${name} keeps the past`, () => {
    let fixture: HubStoreFixture;
    let store: HubStore;
    let author: TestAuthor;
    let nowMs: number;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      await store.createSpace(space);
      author = new TestAuthor('beijing:1');
      nowMs = startMs;
    });
    afterEach(() => fixture.remove());

    /** Each batch a second after the one before. */
    const push = async (...operations: readonly Operation[]) => {
      nowMs += 1000;
      const by = operations[0]?.dot.replica.startsWith('hub:') ? hubRegion : region;
      return (await store.integrate({ space, epoch: 0, region: by, operations, nowMs })).head.sequence;
    };
    const names = async (folder: EntryId, sequence: number, limit = 2) => {
      const listed: string[] = [];
      for (let after: string | null = null; ; ) {
        const page: Awaited<ReturnType<HubStore['childrenAt']>> = await store.childrenAt(space, folder, {
          sequence,
          page: { after, limit },
        });
        listed.push(...page.items.map((entry) => entry.name));
        if (page.next === null) return listed;
        after = page.next;
      }
    };

    test('folders are listed as they were at any place of the log', async () => {
      const [a, b] = [author.createFolder(rootId, 'a'), author.createFolder(rootId, 'b')];
      const files = ['x', 'y', 'z'].map((file) => author.createFile(a.entryId, file));
      const [x, y] = files;
      if (x === undefined || y === undefined) throw new Error('no files');
      const made = await push(a, b, ...files);
      const moved = await push(author.move(x.entryId, b.entryId, 'x2'));
      const deleted = await push(author.delete(y.entryId, [y.dot]), author.createFile(a.entryId, 'y'));
      const renamed = await push(author.move(a.entryId, rootId, 'A3'), author.move(x.entryId, a.entryId, 'x'));
      expect(await names(rootId, 0)).toEqual([]);
      expect(await names(rootId, 1)).toEqual(['a']);
      expect(await names(rootId, made)).toEqual(['a', 'b']);
      expect(await names(a.entryId, made - 1)).toEqual(['x', 'y']);
      expect(await names(a.entryId, made)).toEqual(['x', 'y', 'z']);
      expect(await names(b.entryId, made)).toEqual([]);
      expect(await names(a.entryId, moved)).toEqual(['y', 'z']);
      expect(await names(b.entryId, moved)).toEqual(['x2']);
      expect(await names(a.entryId, deleted - 1)).toEqual(['z']);
      expect(await names(a.entryId, deleted)).toEqual(['y', 'z']);
      expect(await names(rootId, renamed)).toEqual(['A3', 'b']);
      expect(await names(a.entryId, renamed)).toEqual(['x', 'y', 'z']);
      expect(await names(b.entryId, renamed)).toEqual([]);
    });

    test('an entry is read as it was, also one that is forgotten since', async () => {
      const file = author.createFile(rootId, 'f');
      const made = await push(file);
      const write = author.write(file.entryId, [file.dot]);
      const written = await push(write);
      const deletion = author.delete(file.entryId, [write.dot]);
      const deleted = await push(deletion);
      const forgotten = await push(new TestAuthor(hubReplica(0)).forget([{ id: file.entryId, deletedBy: deletion.dot }]));
      const headsAt = async (sequence: number) => (await store.entryAt(space, file.entryId, sequence))?.heads.map(({ dot }) => dotKey(dot));
      expect(await headsAt(made - 1)).toBeUndefined();
      expect(await headsAt(made)).toEqual([dotKey(file.dot)]);
      expect(await headsAt(written)).toEqual([dotKey(write.dot)]);
      expect((await store.entryAt(space, file.entryId, deleted))?.deleted?.dot).toEqual(deletion.dot);
      expect(await store.entryAt(space, file.entryId, forgotten)).toBeNull();
      expect((await store.entryAt(space, rootId, made))?.id).toBe(rootId);
      expect(await names(rootId, written)).toEqual(['f']);
    });

    test('a time leads to the last row that was there then; what was pruned is known no longer, all after it is', async () => {
      const [file, other] = [author.createFile(rootId, 'f'), author.createFile(rootId, 'other')];
      expect(await store.pastBegins(space)).toBeNull();
      await push(file, other);
      await push(author.move(file.entryId, rootId, 'g'));
      expect(await store.pastBegins(space)).toBe(startMs + 1000);
      nowMs -= 5000; // The clock of the hub is set back: the log's own time never is.
      await push(author.move(file.entryId, rootId, 'h'));
      await push(author.move(file.entryId, rootId, 'i'));
      expect(await store.sequenceAt(space, startMs)).toBe(0);
      expect(await store.sequenceAt(space, startMs + 1000)).toBe(2);
      expect(await store.sequenceAt(space, startMs + 1999)).toBe(2);
      expect(await store.sequenceAt(space, startMs + 2000)).toBe(5);
      expect(await store.sequenceAt(space, startMs + 1e9)).toBe(5);
      await store.pruneFeed(space, 3, 10);
      expect(await store.sequenceAt(space, startMs + 1999)).toBeNull();
      expect(await store.pastBegins(space)).toBe(startMs + 2000);
      expect(await store.sequenceAt(space, startMs + 2000)).toBe(5);
      expect(await names(rootId, 3)).toEqual(['g', 'other']);
      expect(await names(rootId, 4)).toEqual(['h', 'other']);
      expect((await store.entryAt(space, other.entryId, 3))?.name).toBe('other');
    });

    test('operations of a region that it had committed by a time, and that came into the log later', async () => {
      const shanghai = new TestAuthor('shanghai:1');
      await push(author.createFile(rootId, 'a'), shanghai.createFile(rootId, 'b'));
      shanghai.wallMs = startMs;
      const early = shanghai.createFile(rootId, 'c');
      shanghai.wallMs = startMs + 500;
      await push(author.createFile(rootId, 'd'), early, shanghai.createFile(rootId, 'e'));
      const found = (untilMs: number, after = 2, limit = 10) =>
        store.operationsOf(space, { region: 'shanghai' as RegionId, after, untilMs, limit });
      expect((await found(startMs + 400)).map(({ dot }) => dotKey(dot))).toEqual([dotKey(early.dot)]);
      expect((await found(startMs + 9000)).map(({ dot }) => dot.counter)).toEqual([2, 3]);
      expect((await found(startMs + 9000, 0, 2)).map(({ dot }) => dot.counter)).toEqual([1, 2]);
    });

    test('how far regions were is known in steps, and the last step before a time stays', async () => {
      await store.registerRegion({ id: region, url: 'http://beijing' }, nowMs);
      const at = (sequence: number, atMs: number) => ({ region, space, position: { epoch: 0, sequence }, atMs });
      await store.noteProgress([at(1, 100), at(5, 200)]);
      await store.noteProgress([at(5, 300), at(9, 400)]);
      await store.noteProgress([]);
      const sequenceAt = async (atMs: number) => (await store.progressAt(region, space, atMs))?.sequence ?? null;
      expect(await Promise.all([99, 100, 250, 350, 1000].map(sequenceAt))).toEqual([null, 1, 5, 5, 9]);
      expect(await store.progress(space)).toEqual([at(9, 400)]);
      expect(await store.pruneProgress(250, 10)).toBe(1);
      expect(await Promise.all([150, 250].map(sequenceAt))).toEqual([null, 5]);
      expect(await store.pruneProgress(9999, 10)).toBe(1);
      expect(await store.progress(space)).toEqual([at(9, 400)]);
    });

    test('[SY11] tombstones are old by the time and place of their deletion; folders once nothing stands in them', async () => {
      const folder = author.createFolder(rootId, 'd');
      const file = author.createFile(folder.entryId, 'f');
      const write = author.write(file.entryId, [file.dot]);
      const live = author.createFile(rootId, 'live');
      await push(folder, file, write, live);
      const deletion = author.delete(folder.entryId, [], [{ id: file.entryId, heads: [write.dot] }]);
      const sequence = await push(deletion);
      const old = (beforeMs = nowMs + 1, upTo = sequence) => store.oldTombstones(space, { beforeMs, upTo, limit: 10 });
      expect(await old(nowMs)).toEqual([]);
      expect(await old(nowMs + 1, sequence - 1)).toEqual([]);
      const [found, ...more] = await old();
      expect(more).toEqual([]);
      expect(found).toMatchObject({ id: file.entryId, deletedBy: deletion.dot });
      expect(found?.versions.map(({ dot }) => dotKey(dot)).sort()).toEqual([file, write].map(({ dot }) => dotKey(dot)).sort());
      const hub = new TestAuthor(hubReplica(0));
      await push(hub.forget([{ id: file.entryId, deletedBy: deletion.dot }], found?.versions));
      expect((await old()).map(({ id }) => id)).toEqual([folder.entryId]);
      await push(hub.forget([{ id: folder.entryId, deletedBy: deletion.dot }]));
      expect(await old()).toEqual([]);
    });

    test('[SY11] entries with old versions come with all of these, those merged into them included', async () => {
      const [one, two, single] = ['one', 'two', 'single'].map((file) => author.createFile(rootId, file));
      if (one === undefined || two === undefined || single === undefined) throw new Error('no files');
      const merged = new TestAuthor('shanghai:1').createFile(rootId, 'two');
      const first = await push(one, two, single, merged);
      author.wallMs = startMs;
      const late = author.write(one.entryId, [one.dot]);
      const last = await push(late);
      const found: string[] = [];
      for (let after: string | null = null; ; ) {
        const request = { beforeMs: startMs, upTo: last, page: { after, limit: 1 } };
        const page: Awaited<ReturnType<HubStore['entriesWithOldVersions']>> = await store.entriesWithOldVersions(space, request);
        for (const { entry, versions } of page.items) found.push(`${entry.name}: ${versions.map(({ dot }) => dotKey(dot)).sort()}`);
        if (page.next === null) break;
        after = page.next;
      }
      expect(found.sort()).toEqual([`one: ${dotKey(one.dot)},${dotKey(late.dot)}`, `two: ${dotKey(two.dot)},${dotKey(merged.dot)}`]);
      const page = { after: null, limit: 10 };
      expect((await store.entriesWithOldVersions(space, { beforeMs: 0, upTo: last, page })).items).toEqual([]);
      const below = await store.entriesWithOldVersions(space, { beforeMs: startMs * 2, upTo: first, page });
      expect(below.items.find(({ entry }) => entry.id === one.entryId)?.versions.map(({ dot }) => dotKey(dot))).toEqual([dotKey(one.dot)]);
    });
  });
}
