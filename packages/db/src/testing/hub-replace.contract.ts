import type { CreateFile, Effect, Operation, RegionId, SpaceId } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HubStore } from '../hub/hub-store.ts';
import { LogNotEmpty } from '../hub/log-not-empty.ts';
import { LogNotReplaced } from '../hub/log-not-replaced.ts';
import type { HubStoreFixture } from './hub-store-fixture.ts';
import { TestAuthor, testContent } from './test-author.ts';
import { TestTree } from './test-tree.ts';

const lost = 'lost' as SpaceId;
const space = 'demo' as SpaceId;
const nowMs = 1_000_000;
const page = { after: null, limit: 1_000 };

/** A hub lost its log, and some region was sooner with what it can offer than the one that was furthest. */
export function describeHubReplace(name: string, open: () => Promise<HubStoreFixture>): void {
  describe(`${name} gives up a young log`, () => {
    let fixture: HubStoreFixture;
    let store: HubStore;
    let beijing: TestAuthor;
    let shenzhen: TestAuthor;
    let state: { readonly effects: readonly Effect[]; readonly digest: string; readonly seed: Parameters<HubStore['sealSeed']>[1] };
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
      for (const each of [lost, space]) await store.createSpace(each);
      await store.registerRegion({ id: 'shenzhen' as RegionId, url: 'http://shenzhen' }, nowMs);
      [beijing, shenzhen] = [new TestAuthor('beijing:1'), new TestAuthor('shenzhen:1')];
      const folder = beijing.createFolder(rootId, 'd');
      const file = beijing.createFile(folder.entryId, 'f');
      const merged = shenzhen.createFile(folder.entryId, 'f');
      const write = beijing.write(file.entryId, [file.dot]);
      const operations = [folder, file, merged, write];
      const { rows } = await push(operations, lost);
      const { acknowledged, digest } = await store.snapshotHead(lost);
      const { items: effects } = await store.snapshotPage(lost, page);
      expect(rows).toHaveLength(4);
      state = {
        effects,
        digest,
        seed: { pages: 1, position: { epoch: 7, sequence: 4 }, forks: { 3: 2 }, acknowledged, nowMs, replaces: true },
      };
      // What the young log has taken by then: the beginning of the old one, and what is new in a region.
      await push([folder, file, merged], space);
    });
    afterEach(() => fixture.remove());

    const push = async (operations: readonly Operation[], to: SpaceId = space) => {
      const { epoch } = (await store.head(to)).position;
      return store.integrate({ space: to, epoch, region: 'shenzhen' as RegionId, operations, nowMs });
    };
    const seal = async (seed: Partial<Parameters<HubStore['sealSeed']>[1]> = {}) => {
      await store.seedPage(space, 0, state.effects);
      await store.sealSeed(space, { ...state.seed, ...seed });
    };

    test('[SY10] for the state of a region, and carries over what that lacks', async () => {
      const own = shenzhen.createFolder(rootId, 'of shenzhen');
      const news = [own, shenzhen.createFile(own.entryId, 'news'), new TestAuthor('shenzhen:2').createFile(rootId, 'd')];
      await push(news);
      const young = (await store.head(space)).position.epoch;
      await store.setSafe(space, 2);
      await expect(seal({ replaces: false })).rejects.toThrow(LogNotEmpty);
      await seal();
      expect(await store.holders(space, (news[1] as CreateFile).content.hash), 'they let go of what no version names').toEqual([]);

      const head = await store.snapshotHead(space);
      expect(head).toMatchObject({ position: { sequence: 4 }, dot: null, safe: 0, digest: state.digest });
      expect(head.acknowledged).toEqual(state.seed.acknowledged);
      expect(head.forks).toEqual({ 3: 2, 7: 4, [young]: 0 });
      expect(head.position.epoch).toBeGreaterThan(Math.max(young, 7));
      expect(await store.feedStart(space)).toEqual(head.position);
      expect(await store.readFeed(space, { ...head.position, sequence: 0 }, 10)).toEqual([]);
      expect((await store.snapshotPage(space, page)).items).toEqual(state.effects);
      expect(await store.entry(space, own.entryId)).toBeNull();

      const { upTo, operations } = await store.carried(space, 2);
      expect(operations).toEqual(news.slice(0, 2));
      const { rows } = await push(operations);
      expect(rows.map((row) => row.position.sequence)).toEqual([5, 6]);
      await store.dropCarried(space, upTo);
      const rest = await store.carried(space, 10);
      expect(rest.operations).toEqual(news.slice(2));
      const last = await push([...operations, ...rest.operations]);
      expect(last.rows).toHaveLength(1);
      await store.dropCarried(space, rest.upTo);
      expect(await store.carried(space, 10)).toEqual({ upTo: 0, operations: [] });
      const tree = new TestTree();
      tree.apply([...state.effects, ...[...rows, ...last.rows].flatMap((row) => row.effects)]);
      expect(last.rows[0]?.digest).toBe(tree.digest());
      expect((await store.pendingTransfers())['shenzhen']).toBe(2 + 2);
    });

    test('[SY10] twice, and what waits to be carried over stays', async () => {
      const news = shenzhen.createFile(rootId, 'news');
      await push([news]);
      await seal();
      const later = new TestAuthor('wuhan:1').createFile(rootId, 'later');
      await push([later]);
      const { acknowledged, position } = await store.snapshotHead(space);
      await seal({
        position: { epoch: position.epoch + 5, sequence: 9 },
        acknowledged: { ...acknowledged, 'wuhan:1': 0, 'chengdu:1': 3 },
      });
      expect((await store.carried(space, 10)).operations).toEqual([news, later]);
    });

    test('[SY10] for no state that it has whole, and for none that would lose what it has taken', async () => {
      const young = (await store.head(space)).position;
      await expect(seal({ position: young })).rejects.toThrow(LogNotReplaced);
      await expect(seal({ acknowledged: { 'beijing:1': 2, 'shenzhen:1': 1 } })).rejects.toThrow(LogNotReplaced);
      await push(Array.from({ length: 3 }, (_, at) => shenzhen.createFile(rootId, `${at}`)));
      await store.setSafe(space, 4);
      await store.pruneFeed(space, 4, 10);
      await expect(seal(), 'the row of shenzhen:1/2 is gone').rejects.toThrow(LogNotReplaced);
      expect((await store.head(space)).position).toEqual({ ...young, sequence: 6 });
    });

    test('[SY10] for none that knows another operation under the same dot', async () => {
      const wuhan = new TestAuthor('wuhan:1');
      const [one, other] = [wuhan.createFile(rootId, 'one'), { content: testContent('other') }];
      await push([{ ...one, ...other }]);
      await push([one], lost);
      const { acknowledged } = await store.snapshotHead(lost);
      state = { ...state, effects: (await store.snapshotPage(lost, page)).items };
      await expect(seal({ acknowledged })).rejects.toThrow('wuhan:1/1');
    });
  });
}
