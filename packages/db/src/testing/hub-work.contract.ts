import type { Content, Dot, EntryId, Operation, RegionId, SpaceId } from '@jzse/sync';
import { hubRegion, hubReplica, rootId } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubStore } from '../hub/hub-store.ts';
import { UnknownSpace } from '../hub/unknown-space.ts';
import type { HubStoreFixture } from './hub-store-fixture.ts';
import { TestAuthor, testContent } from './test-author.ts';

const space = 'demo' as SpaceId;
const [beijing, shanghai] = ['beijing', 'shanghai'] as [RegionId, RegionId];
const nowMs = 1_000_000;
const leaseMs = 5000;
const small = testContent('small');

/** What every hub store promises of the work that it gives to regions, and of what it tells them. */
export function describeHubWork(name: string, open: () => Promise<HubStoreFixture>): void {
  describe(`${name} plans work`, () => {
    let fixture: HubStoreFixture;
    let store: HubStore;
    let author: TestAuthor;
    let other: TestAuthor;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      await store.createSpace(space);
      for (const id of [beijing, shanghai]) await store.registerRegion({ id, url: `http://${id}` }, nowMs);
      author = new TestAuthor('beijing:1');
      other = new TestAuthor('shanghai:1');
    });
    afterEach(() => fixture.remove());

    const push = (operations: readonly Operation[], region: RegionId = beijing) =>
      store.integrate({ space, epoch: 0, region, operations, nowMs });
    const lease = (region: RegionId, atMs = nowMs) => store.leaseTransfers(region, { limit: 100, leaseMs, nowMs: atMs });
    const hashes = (leased: readonly { readonly content: Content }[]) => leased.map(({ content }) => content.hash).sort();
    const holders = async () => (await store.holders(space, small.hash)).map(({ region }) => region).sort();

    test('a new content is planned for every region but its author, leased to one worker at a time, and held when it is settled', async () => {
      await push([author.createFile(rootId, 'f', small)]);
      expect(await lease(beijing)).toEqual([]);
      const [leased] = await lease(shanghai);
      expect(leased).toMatchObject({ space, content: small, sources: [{ region: beijing, url: 'http://beijing' }] });
      expect(await lease(shanghai)).toEqual([]);
      expect(await lease(shanghai, nowMs + leaseMs)).toHaveLength(1);
      expect(await holders()).toEqual([beijing]);
      const done = [leased?.transferId ?? ''];
      await store.settleTransfers(beijing, { done, failed: [] }, nowMs);
      expect(await holders()).toEqual([beijing]);
      await store.settleTransfers(shanghai, { done, failed: ['nonsense'] }, nowMs);
      expect(await holders()).toEqual([beijing, shanghai]);
      expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 0 });
    });

    test('what a region was given and may not have heard of is given out again', async () => {
      await push([author.createFile(rootId, 'f', small)]);
      expect(await lease(shanghai)).toHaveLength(1);
      await store.releaseTransfers(beijing);
      expect(await lease(shanghai)).toEqual([]);
      await store.releaseTransfers(shanghai);
      expect(hashes(await lease(shanghai))).toEqual([small.hash]);
    });

    test('what failed comes back later; what a person waits for comes first', async () => {
      await push([author.createFile(rootId, 'f', small), author.createFile(rootId, 'g')]);
      const leased = await lease(shanghai);
      await store.settleTransfers(shanghai, { done: [], failed: leased.map(({ transferId }) => transferId) }, nowMs);
      expect(await lease(shanghai)).toEqual([]);
      await store.prioritise(shanghai, space, small.hash, nowMs);
      expect(hashes(await lease(shanghai))).toEqual([small.hash]);
      expect(await lease(shanghai, nowMs + 60_000)).toHaveLength(2);
    });

    test('[SY9] a clock of the hub that was far ahead, and is set back, holds nothing up', async () => {
      const aheadMs = nowMs + 3_600_000;
      await store.integrate({ space, epoch: 0, region: beijing, operations: [author.createFile(rootId, 'f', small)], nowMs: aheadMs });
      expect(await lease(shanghai)).toHaveLength(1);
      expect(await lease(shanghai, aheadMs)).toHaveLength(1);
      expect(await lease(shanghai)).toHaveLength(1);
      expect(await lease(shanghai)).toEqual([]);
    });

    test('what a region says it holds need not be fetched', async () => {
      await push([author.createFile(rootId, 'f', small)]);
      await store.recordHoldings(shanghai, [{ space, hash: small.hash }]);
      expect(await lease(shanghai)).toEqual([]);
      expect(await holders()).toEqual([beijing, shanghai]);
    });

    test('[SY10] who hands on operations of others is not taken to hold their contents', async () => {
      await push([new TestAuthor('shenzhen:1').createFile(rootId, 'f', small)]);
      expect(await holders()).toEqual([]);
      expect(hashes(await lease(beijing))).toEqual([small.hash]);
    });

    test('[SY11] what no version names any more is held by nobody and fetched by nobody, until it comes again', async () => {
      const [file, twin] = [author.createFile(rootId, 'f', small), author.createFile(rootId, 'twin', small)];
      const writes = [author.write(file.entryId, [file.dot]), author.write(twin.entryId, [twin.dot])];
      await push([file, twin, ...writes]);
      const hub = new TestAuthor(hubReplica(0));
      await push([hub.forget([], [{ entryId: file.entryId, dot: file.dot }])], hubRegion);
      expect(await holders(), 'the twin names it still').toEqual([beijing]);
      expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 3 });
      await push([hub.forget([], [{ entryId: twin.entryId, dot: twin.dot }])], hubRegion);
      expect(await holders()).toEqual([]);
      expect(await store.pendingTransfers()).toEqual({ beijing: 0, shanghai: 2 });
      await push([other.createFile(rootId, 'again', small)], shanghai);
      expect(await holders()).toEqual([shanghai]);
      expect(hashes(await lease(beijing))).toEqual([small.hash]);
    });

    test('a region that comes later gets everything there is; a new life of one holds nothing', async () => {
      await push([author.createFile(rootId, 'f', small)]);
      await store.registerRegion({ id: 'shenzhen' as RegionId, url: 'http://shenzhen' }, nowMs);
      expect(hashes(await lease('shenzhen' as RegionId))).toEqual([small.hash]);
      expect(await store.issueReplica(beijing)).toBe('beijing:2');
      expect(await holders()).toEqual([]);
      expect(hashes(await lease(beijing, Number.MAX_SAFE_INTEGER - leaseMs))).toEqual([small.hash]);
    });

    test('[SY9] a region whose clock is ahead is listed so', async () => {
      await store.noteClockSkew(beijing, 90_000);
      expect((await store.listRegions()).map(({ clockSkewMs }) => clockSkewMs)).toEqual([90_000, null]);
      await store.noteClockSkew(beijing, null);
      expect((await store.listRegions()).map(({ clockSkewMs }) => clockSkewMs)).toEqual([null, null]);
    });

    /** A file with two heads, each with the content of its name; both held by their author alone. */
    async function makeConflict(file: string): Promise<{ readonly entryId: EntryId; readonly heads: readonly Dot[] }> {
      const [left, right] = [
        author.createFile(rootId, file, testContent(`${file}-1`)),
        other.createFile(rootId, file, testContent(`${file}-2`)),
      ];
      await push([left]);
      await push([right], shanghai);
      const entry = await store.entry(space, right.entryId);
      return { entryId: left.entryId, heads: entry?.heads.map((head) => head.dot) ?? [] };
    }
    const leaseMerges = (region: RegionId, atMs = nowMs, limit = 10) => store.leaseMerges(region, { limit, leaseMs, nowMs: atMs });
    const hold = (region: RegionId, ...texts: readonly string[]) =>
      store.recordHoldings(
        region,
        texts.map((text) => ({ space, hash: testContent(text).hash })),
      );

    test('[SY2] live files with several heads are listed, a page at a time', async () => {
      const conflicts = [await makeConflict('f'), await makeConflict('g'), await makeConflict('h')];
      await push([author.createFile(rootId, 'agreed')]);
      const first = await store.listConflicts(space, { after: null, limit: 2 });
      const rest = await store.listConflicts(space, { after: first.next, limit: 2 });
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(conflicts.map(({ entryId }) => entryId).sort());
      expect(rest.next).toBeNull();
      const [f, g] = conflicts;
      await push([author.resolve(f?.entryId ?? rootId, f?.heads ?? [], small), author.delete(g?.entryId ?? rootId, g?.heads ?? [])]);
      expect((await store.listConflicts(space, { after: null, limit: 9 })).items.map(({ id }) => id)).toEqual([conflicts[2]?.entryId]);
    });

    test('[SY8] a merge is leased to one region, and only to one that holds all heads', async () => {
      const { entryId, heads } = await makeConflict('f');
      await store.planMerges([{ space, entryId, heads }]);
      expect(await leaseMerges(beijing)).toEqual([]);
      await hold(beijing, 'f-2');
      await hold(shanghai, 'f-1');
      const [task] = await leaseMerges(beijing);
      expect(task).toMatchObject({ taskId: `demo/${entryId}`, space, entryId, leaseUntilMs: nowMs + leaseMs });
      expect(new Set(task?.heads.map(({ replica }) => replica))).toEqual(new Set(['beijing:1', 'shanghai:1']));
      expect([...(await leaseMerges(shanghai)), ...(await leaseMerges(beijing))]).toEqual([]);
      expect(await leaseMerges(shanghai, nowMs + leaseMs)).toHaveLength(1);
      expect(await store.mergeStates(space, [entryId, 'none' as EntryId])).toEqual([{ entryId, state: 'waiting', reason: null }]);
      await store.settleMerges({ done: [task?.taskId ?? '', 'demo/none', 'nonsense'], failed: [] });
      expect(await store.mergeStates(space, [entryId])).toEqual([]);
    });

    test('[SY8] a merge that failed says why, and is not planned again until the heads are others', async () => {
      const { entryId, heads } = await makeConflict('f');
      await hold(beijing, 'f-2');
      await store.planMerges([{ space, entryId, heads }]);
      const [task] = await leaseMerges(beijing);
      const failed = [{ taskId: task?.taskId ?? '', reason: 'lines collide' }];
      await store.settleMerges({ done: [], failed });
      expect(await store.mergeStates(space, [entryId])).toEqual([{ entryId, state: 'failed', reason: 'lines collide' }]);
      await store.planMerges([{ space, entryId, heads: [...heads].reverse() }]);
      expect(await leaseMerges(beijing, nowMs + 10 * leaseMs)).toEqual([]);
      const third = author.write(entryId, [], testContent('third'));
      await push([third]);
      await store.planMerges([{ space, entryId, heads: [...heads, third.dot] }]);
      await store.settleMerges({ done: [task?.taskId ?? ''], failed }); // Of the task whose place was taken.
      expect((await leaseMerges(beijing)).map((leased) => leased.heads.length)).toEqual([3]);
      await push([author.resolve(entryId, [...heads, third.dot], small)]);
      expect(await store.mergeStates(space, [entryId]), 'settled by a person').toEqual([]);
    });

    test('policies have revisions', async () => {
      await store.createSpace('other' as SpaceId);
      expect(await store.policy(space)).toEqual({ revision: 0, policy: '{}' });
      const first = await store.setPolicy(space, '{"a":1}');
      const revision = await store.setPolicy(space, '{"a":2}');
      expect(revision).toBeGreaterThan(first);
      expect(await store.policies()).toEqual([
        { space, revision, policy: '{"a":2}' },
        { space: 'other', revision: 0, policy: '{}' },
      ]);
      await expect(store.policy('unknown' as SpaceId)).rejects.toThrow(UnknownSpace);
      await expect(store.setPolicy('unknown' as SpaceId, '{}')).rejects.toThrow(UnknownSpace);
    });

    test('events are read on after a number, by type', async () => {
      const event = (type: string, at: number) => ({ type, space, region: at % 2 === 0 ? null : beijing, atMs: at, data: { at } });
      await store.raiseEvents([event('diverged', 1), event('merged', 2)]);
      await Promise.all([store.raiseEvents([event('merged', 3)]), store.raiseEvents([event('diverged', 4), event('diverged', 5)])]);
      await store.raiseEvents([]);
      const all = await store.readEvents({ after: 0, limit: 10, types: null });
      expect(all.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
      expect(all.slice(0, 2)).toEqual([
        { sequence: 1, ...event('diverged', 1) },
        { sequence: 2, ...event('merged', 2) },
      ]);
      expect((await store.readEvents({ after: 1, limit: 1, types: ['merged'] })).map(({ data }) => data)).toEqual([{ at: 2 }]);
      expect(await store.readEvents({ after: 5, limit: 10, types: null })).toEqual([]);
    });
  });
}
