import type { Effect, EntryId, FeedRow, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { dotKey, hubRegion, hubReplica, rootId } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CounterReused } from '../hub/counter-reused.ts';
import { EpochMismatch } from '../hub/epoch-mismatch.ts';
import type { HubStore } from '../hub/hub-store.ts';
import { LogDiffers } from '../hub/log-differs.ts';
import { LogNotEmpty } from '../hub/log-not-empty.ts';
import { SeedIncomplete } from '../hub/seed-incomplete.ts';
import { UnknownSpace } from '../hub/unknown-space.ts';
import type { HubStoreFixture } from './hub-store-fixture.ts';
import { TestAuthor } from './test-author.ts';
import { TestTree } from './test-tree.ts';

const space = 'demo' as SpaceId;
const start = { epoch: 0, sequence: 0 };
const nowMs = 1_000_000;

/** What every hub store promises of the log, its epochs and its digests. */
export function describeHubLog(name: string, open: () => Promise<HubStoreFixture>): void {
  describe(`${name} keeps the log`, () => {
    let fixture: HubStoreFixture;
    let store: HubStore;
    let beijing: TestAuthor;
    let shanghai: TestAuthor;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      await store.createSpace(space);
      beijing = new TestAuthor('beijing:1');
      shanghai = new TestAuthor('shanghai:1');
    });
    afterEach(() => fixture.remove());

    type Options = Partial<Parameters<HubStore['integrate']>[0]>;
    const push = (operations: readonly Operation[], options: Options = {}) =>
      store.integrate({ space, epoch: 0, region: 'beijing' as RegionId, operations, nowMs, ...options });
    const feed = (after = 0) => store.readFeed(space, { ...start, sequence: after }, 10_000);
    const dots = (rows: readonly FeedRow[]) => rows.map((row) => dotKey(row.operation.dot));
    const files = (author: TestAuthor, count: number) =>
      Array.from({ length: count }, (_, at) => author.createFile(rootId, `${author.replica}-${at}`));
    const treeOfFeed = async () => {
      const tree = new TestTree();
      for (const row of await feed()) tree.apply(row.effects);
      return tree;
    };
    const snapshot = async (limit = 3) => {
      const effects: Effect[] = [];
      for (let after: string | null = null; ; ) {
        const page: { readonly items: readonly Effect[]; readonly next: string | null } = await store.snapshotPage(space, { after, limit });
        effects.push(...page.items);
        if (page.next === null) return effects;
        after = page.next;
      }
    };
    const digest = async () => (await store.digest(space)).digest;

    test('[SY1] takes operations in counter order: a replay changes nothing, a gap ends the batch', async () => {
      const operations = files(beijing, 6);
      expect(await push(operations.slice(0, 3))).toMatchObject({ acknowledged: 3, head: { epoch: 0, sequence: 3 } });
      expect(await push(operations.slice(1, 3))).toEqual({ acknowledged: 2, head: { epoch: 0, sequence: 3 }, rows: [], skewMs: null });
      expect(await push([...operations.slice(2, 4), ...operations.slice(5)])).toMatchObject({ acknowledged: 2, head: { sequence: 4 } });
      expect(dots(await feed())).toEqual(['beijing:1/1', 'beijing:1/2', 'beijing:1/3', 'beijing:1/4']);
      expect((await feed()).map((row) => row.position.sequence)).toEqual([1, 2, 3, 4]);
    });

    test('[SY10] another operation under a number that the log has is refused, with all that follows it', async () => {
      const [first, second] = files(beijing, 2);
      const otherLife = new TestAuthor('beijing:1');
      const [other, next] = files(otherLife, 2).map((operation) => ({ ...operation, entryId: `other-${operation.entryId}` as EntryId }));
      if (first === undefined || second === undefined || other === undefined || next === undefined) throw new Error('two were made');
      await push([first]);
      await expect(push([other, next])).rejects.toThrow(CounterReused);
      expect(dots(await feed())).toEqual(['beijing:1/1']);
      expect(await push([first, second])).toMatchObject({ acknowledged: 2, head: { sequence: 2 } });
    });

    test('answers with the rows that are new, as the feed has them', async () => {
      const { rows } = await push(files(beijing, 2));
      expect(rows).toEqual(await feed());
    });

    test('[SY1] pushes at the same time take turns', async () => {
      const [left, right] = [files(beijing, 30), files(shanghai, 30)];
      await Promise.all([push(left), push(right, { region: 'shanghai' as RegionId }), push(left.slice(0, 10))]);
      expect((await feed()).map((row) => row.position.sequence)).toEqual(Array.from({ length: 60 }, (_, at) => at + 1));
    });

    test('refuses what it does not know', async () => {
      const unknown = 'unknown' as SpaceId;
      await expect(push(files(beijing, 1), { space: unknown })).rejects.toThrow(UnknownSpace);
      await expect(store.head(unknown)).rejects.toThrow(UnknownSpace);
      await expect(store.digest(unknown)).rejects.toThrow(UnknownSpace);
      await expect(store.snapshotHead(unknown)).rejects.toThrow(UnknownSpace);
    });

    test('[SY9] a stamp ahead is clamped, and told of', async () => {
      beijing.wallMs = nowMs + 90_000;
      const pushed = await push(files(beijing, 1));
      expect(pushed.skewMs).toBe(90_001);
      expect(pushed.rows[0]?.operation.stamp.wallMs).toBe(nowMs + 60_000);
      beijing.wallMs = nowMs + 30_000;
      expect((await push(files(beijing, 1))).skewMs).toBeNull();
    });

    test('[SY10] a snapshot gives the tree, its counters and its digest at its position', async () => {
      await push([...files(beijing, 5), ...files(shanghai, 4)]);
      const head = await store.snapshotHead(space);
      expect(head).toEqual({
        position: { epoch: 0, sequence: 9 },
        dot: { replica: 'shanghai:1', counter: 4 },
        forks: {},
        acknowledged: { 'beijing:1': 5, 'shanghai:1': 4 },
        safe: 0,
        digest: await digest(),
      });
      const tree = new TestTree();
      tree.apply(await snapshot());
      expect(tree.digest()).toBe(head.digest);
    });

    test('[SY13] the last row of each batch names the digest of the tree after it, and no other row does', async () => {
      const empty = await digest();
      expect(empty).toBe(new TestTree().digest());
      const [folder, other] = [beijing.createFolder(rootId, 'a'), beijing.createFolder(rootId, 'b')];
      const file = beijing.createFile(folder.entryId, 'f');
      await push([folder, other, file]);
      await push([shanghai.createFolder(rootId, 'A'), shanghai.createFile(folder.entryId, 'F')]);
      await push([beijing.move(folder.entryId, other.entryId, 'moved'), beijing.write(file.entryId, [file.dot])]);
      await push([shanghai.delete(other.entryId, [], [{ id: folder.entryId, heads: [] }])]);
      const tree = new TestTree();
      const ends = new Map<number, string>();
      for (const row of await feed()) {
        tree.apply(row.effects);
        if (row.digest !== undefined) ends.set(row.position.sequence, row.digest);
        if (row.digest !== undefined) expect(row.digest).toBe(tree.digest());
      }
      expect([...ends.keys()]).toEqual([3, 5, 7, 8]);
      expect(await store.digest(space)).toEqual({ position: { epoch: 0, sequence: 8 }, digest: tree.digest() });
    });

    test('[SY13] a folder names its sums, and its children with their terms', async () => {
      const folder = beijing.createFolder(rootId, 'd');
      const below = Array.from({ length: 300 }, (_, at) => beijing.createFile(folder.entryId, `f${at}`));
      await push([
        folder,
        ...below,
        beijing.delete(
          below[0]?.entryId ?? rootId,
          below.slice(0, 1).map(({ dot }) => dot),
        ),
      ]);
      const tree = await treeOfFeed();
      const top = await store.digestChildren(space, rootId, null);
      expect(top.position.sequence).toBe(302);
      expect(BigInt(`0x${top.childSum}`)).toBe(tree.childSum(rootId));
      expect(top.children?.map((child) => [child.id, BigInt(`0x${child.term}`)])).toEqual(
        [tree.entries.get(folder.entryId)].flatMap((entry) => (entry === undefined ? [] : [[entry.id, tree.term(entry)]])),
      );
      const large = await store.digestChildren(space, folder.entryId, null);
      expect(large.children).toBeNull();
      expect(large.buckets).toHaveLength(256);
      const total = large.buckets.reduce((sum, bucket) => (sum + BigInt(`0x${bucket}`)) % 2n ** 256n, 0n);
      expect(total).toBe(tree.childSum(folder.entryId));
      const found = new Map<string, bigint>();
      for (const [bucket, sum] of large.buckets.entries()) {
        const { children } = await store.digestChildren(space, folder.entryId, bucket);
        const terms = (children ?? []).map(({ term }) => BigInt(`0x${term}`));
        expect(terms.reduce((left, right) => (left + right) % 2n ** 256n, 0n)).toBe(BigInt(`0x${sum}`));
        for (const child of children ?? []) found.set(child.id, BigInt(`0x${child.term}`));
      }
      expect(found.size).toBe(300);
      for (const { entryId } of below) {
        const entry = tree.entries.get(entryId);
        expect(found.get(entryId)).toBe(entry === undefined ? null : tree.term(entry));
      }
    });

    test('[SY10] a cursor of another log is refused; one that says nothing, or of a row that is gone, is not', async () => {
      const operations = files(beijing, 3);
      await push(operations);
      const next = files(shanghai, 1);
      const at = (sequence: number, replica: string | null, counter = 1) =>
        push(next, { cursor: { sequence, dot: replica === null ? null : { replica: replica as never, counter } } });
      await expect(at(2, 'beijing:1', 3)).rejects.toThrow(LogDiffers);
      await expect(at(4, null)).rejects.toThrow(LogDiffers);
      expect(await at(2, 'beijing:1', 2)).toMatchObject({ acknowledged: 1 });
      await store.pruneFeed(space, 2, 10);
      expect(await at(2, 'other:1', 9)).toMatchObject({ acknowledged: 1, rows: [] });
      expect(await at(0, null)).toMatchObject({ acknowledged: 1, rows: [] });
    });

    test('[SY10] the dots of rows are told by number', async () => {
      await push(files(beijing, 3));
      const dot = (counter: number) => ({ replica: 'beijing:1', counter });
      expect(await store.rowDots(space, [3, 1, 7, 0])).toEqual([dot(3), dot(1), null, null]);
      expect(await store.rowDots(space, [])).toEqual([]);
    });

    test('[SY10] what stands under a dot is told, in every epoch, as long as the log has it', async () => {
      const operations = files(beijing, 4);
      await push([...operations.slice(0, 2), ...files(shanghai, 3)]);
      await store.raiseEpoch(space, { epoch: 0, keptUpTo: 5, nowMs });
      const { position } = await store.head(space);
      await push(operations.slice(2), { epoch: position.epoch });
      expect(await store.operationsUnder(space, beijing.replica, [3, 2, 9])).toEqual([operations[2], operations[1], null]);
      expect(await store.operationsUnder(space, 'beijing:2' as ReplicaId, [1])).toEqual([null]);
      expect(await store.operationsUnder(space, beijing.replica, [])).toEqual([]);
      await store.pruneFeed(space, 2, 10);
      expect(await store.operationsUnder(space, beijing.replica, [2, 3])).toEqual([null, operations[2]]);
    });

    test('[SY10] a raised epoch keeps the log, fences the old one, and is raised once', async () => {
      await push(files(beijing, 3));
      const raise = () => store.raiseEpoch(space, { epoch: 0, keptUpTo: 2, nowMs });
      expect((await Promise.all([raise(), raise(), raise()])).filter(Boolean)).toHaveLength(1);
      const { position, forks } = await store.head(space);
      expect(position.sequence).toBe(3);
      expect(position.epoch).toBeGreaterThan(0);
      expect(forks).toEqual({ 0: 2 });
      await expect(push(files(shanghai, 1))).rejects.toThrow(EpochMismatch);
      // Offered again: what the log has is dropped by dot, what it lacks goes on after it.
      const again = [...new Array(1).keys()].flatMap(() => files(new TestAuthor('beijing:1'), 4));
      expect(await push(again, { epoch: position.epoch })).toMatchObject({ acknowledged: 4, head: { epoch: position.epoch, sequence: 4 } });
      expect(dots(await feed())).toEqual(['beijing:1/1', 'beijing:1/2', 'beijing:1/3', 'beijing:1/4']);
      expect((await feed(3))[0]?.digest).toBe((await treeOfFeed()).digest());
      await expect(store.raiseEpoch('unknown' as SpaceId, { epoch: 0, keptUpTo: 0, nowMs })).rejects.toThrow(UnknownSpace);
    });

    test('[SY10] the safe position goes forward only, and never beyond the head', async () => {
      await push(files(beijing, 5));
      await store.setSafe(space, 3);
      await store.setSafe(space, 1);
      expect(await store.safe(space)).toBe(3);
      await store.setSafe(space, 99);
      expect((await store.snapshotHead(space)).safe).toBe(5);
    });

    test('[SY11] old feed goes in steps; the last row stays', async () => {
      await push(files(beijing, 10));
      expect(await store.pruneFeed(space, 7, 4)).toBe(4);
      expect(await store.feedStart(space)).toEqual({ epoch: 0, sequence: 4 });
      expect(await store.pruneFeed(space, 7, 4)).toBe(3);
      expect(await store.pruneFeed(space, 7, 4)).toBe(0);
      expect((await feed(7)).map((row) => row.position.sequence)).toEqual([8, 9, 10]);
      expect(await store.pruneFeed(space, 99, 50)).toBe(2);
      expect(dots(await feed(9))).toEqual(['beijing:1/10']);
      await push(files(shanghai, 1));
      expect((await store.head(space)).position.sequence).toBe(11);
    });

    test('[SY11] [SY13] what the hub forgets is gone from entries, aliases, versions and digest', async () => {
      const folder = beijing.createFolder(rootId, 'd');
      const file = beijing.createFile(folder.entryId, 'f');
      const kept = beijing.createFile(rootId, 'kept');
      const write = beijing.write(kept.entryId, [kept.dot]);
      const merged = shanghai.createFile(folder.entryId, 'f');
      await push([folder, file, kept, write, merged]);
      const deleted = beijing.delete(folder.entryId, [], [{ id: file.entryId, heads: [file.dot, merged.dot] }]);
      await push([deleted]);
      const hub = new TestAuthor(hubReplica(0));
      const versions = [file, merged].map(({ dot }) => ({ entryId: file.entryId, dot }));
      const forget = (operation: Operation) => push([operation], { region: hubRegion });
      await forget(hub.forget([{ id: folder.entryId, deletedBy: deleted.dot }]));
      expect(await store.entry(space, folder.entryId), 'a folder goes after what was in it').not.toBeNull();
      await forget(hub.forget([{ id: file.entryId, deletedBy: deleted.dot }], [...versions, { entryId: kept.entryId, dot: kept.dot }]));
      await forget(hub.forget([{ id: folder.entryId, deletedBy: deleted.dot }], [{ entryId: kept.entryId, dot: write.dot }]));
      expect(await store.entry(space, folder.entryId)).toBeNull();
      expect(await store.entry(space, merged.entryId)).toBeNull();
      const page = { after: null, limit: 10 };
      expect((await store.listVersions(space, kept.entryId, page)).items.map(({ dot }) => dotKey(dot))).toEqual([dotKey(write.dot)]);
      expect((await store.listVersions(space, file.entryId, page)).items).toEqual([]);
      expect((await snapshot()).map(({ type }) => type).sort()).toEqual(['entry', 'version']);
      const tree = await treeOfFeed();
      expect(await digest()).toBe(tree.digest());
      expect((await feed(8))[0]?.digest).toBe(tree.digest());
    });

    test('[SY10] the state of a region becomes the start of an empty log', async () => {
      const folder = beijing.createFolder(rootId, 'd');
      const file = beijing.createFile(folder.entryId, 'f');
      const merged = shanghai.createFile(folder.entryId, 'f');
      const deleted = beijing.createFile(rootId, 'x');
      await push([folder, file, merged, deleted, beijing.write(file.entryId, [file.dot]), beijing.delete(deleted.entryId, [deleted.dot])]);
      const effects = await snapshot();
      const { acknowledged, digest: before } = await store.snapshotHead(space);

      const empty = 'empty' as SpaceId;
      await store.createSpace(empty);
      await store.registerRegion({ id: 'shanghai' as RegionId, url: 'http://shanghai' }, nowMs);
      await store.seedPage(empty, 0, effects.slice(5));
      await store.seedPage(empty, 0, effects.slice(0, 2));
      await store.seedPage(empty, 1, effects.slice(2));
      await store.seedPage(empty, 1, effects.slice(2));
      const seed = { pages: 2, position: { epoch: 7, sequence: 6 }, forks: { 3: 2 }, acknowledged, nowMs };
      await expect(store.sealSeed(empty, { ...seed, pages: 3 })).rejects.toThrow(SeedIncomplete);
      await store.sealSeed(empty, seed);
      const head = await store.snapshotHead(empty);
      expect(head).toMatchObject({ position: { sequence: 6 }, dot: null, forks: { 3: 2, 7: 6 }, acknowledged, digest: before });
      expect(head.position.epoch).toBeGreaterThan(7);
      expect(await store.feedStart(empty)).toEqual(head.position);
      expect(await store.entry(empty, merged.entryId)).toEqual(await store.entry(space, file.entryId));
      expect((await store.pendingTransfers())['shanghai']).toBe(4 + 4);
      await expect(store.sealSeed(empty, seed)).rejects.toThrow(LogNotEmpty);
      const next = [beijing.move(folder.entryId, rootId, 'D2')];
      const pushed = await push(next, { space: empty, epoch: head.position.epoch });
      const tree = new TestTree();
      tree.apply([...effects, ...pushed.rows.flatMap((row) => row.effects)]);
      expect(pushed.rows[0]?.position.sequence).toBe(7);
      expect(pushed.rows[0]?.digest).toBe(tree.digest());
    });
  });
}
