import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenRegionStore, openRegionStore } from '@jzse/db/region';
import { type MemoryHubStore, openMemoryHubStore, TestAuthor } from '@jzse/db/testing';
import { type EntryId, type FeedRow, type Operation, type RegionId, rootId, type SpaceId } from '@jzse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rotRegion } from '../../../../packages/db/test/rot-region.ts';
import { findDivergence } from '../../src/replicate/find-divergence.ts';

const space = 'demo' as SpaceId;
let folder: string;
let store: OpenRegionStore;
let hub: MemoryHubStore;
let author: TestAuthor;
/** What was asked for at the hub: a folder, or a bucket of it. */
let asked: [EntryId, number | null][];
/** While the hub thinks. */
let meanwhile: () => Promise<unknown>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-divergence-'));
  store = openRegionStore({ file: join(folder, 'region.db'), nowMs: () => 1_000 });
  hub = openMemoryHubStore();
  author = new TestAuthor('shanghai:1');
  asked = [];
  meanwhile = async () => undefined;
  await Promise.all([store.createSpace(space), hub.createSpace(space)]);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The region takes the rows as `change` leaves them, the hub as they are. */
async function take(operations: readonly Operation[], change: (row: FeedRow) => FeedRow = (row) => row) {
  const { rows } = await hub.integrate({ space, epoch: 0, region: 'shanghai' as RegionId, operations, nowMs: 1_000 });
  await store.applyFeed(
    space,
    rows.map(({ digest: _, ...row }) => change(row)),
  );
}
const renamed =
  (id: EntryId, name: string) =>
  (row: FeedRow): FeedRow => ({
    ...row,
    effects: row.effects.map((effect) =>
      effect.type === 'entry' && effect.entry.id === id ? { ...effect, entry: { ...effect.entry, name } } : effect,
    ),
  });
const without =
  (id: EntryId) =>
  (row: FeedRow): FeedRow =>
    row.operation.entryId === id ? { ...row, effects: [] } : row;

const find = () =>
  findDivergence(
    {
      store,
      hub: {
        digestNode: async ({ space: of, folder: id, bucket }) => {
          asked.push([id, bucket]);
          await meanwhile();
          return { type: 'node', ...(await hub.digestChildren(of, id, bucket)) };
        },
      },
    },
    space,
  );

test('[SY13] in a folder of thousands the one entry that differs is found by the part of them that it is in', async () => {
  const [small, large] = [author.createFolder(rootId, 'small'), author.createFolder(rootId, 'large')];
  const same = author.createFile(small.entryId, 'same');
  const files = Array.from({ length: 2_000 }, (_, at) => author.createFile(large.entryId, `f${at}`));
  const [wrong] = files.slice(1_234);
  await take([small, large, same]);
  await take(files, renamed(wrong?.entryId as EntryId, 'otherwise'));
  expect((await store.digest(space)).digest).not.toBe((await hub.digest(space)).digest);
  expect(await find()).toEqual(['/large/otherwise']);
  expect(asked.map(([id, bucket]) => [id, bucket === null])).toEqual([
    [rootId, true],
    [large.entryId, true],
    [large.entryId, false],
  ]);
});

test('[SY13] differences in many parts are found in all of them; what only the hub has is named by its folder', async () => {
  const large = author.createFolder(rootId, 'large');
  const files = Array.from({ length: 600 }, (_, at) => author.createFile(large.entryId, `f${at}`));
  const [one, two, lacking] = [files[10], files[20], files[30]].map((file) => file?.entryId as EntryId) as [EntryId, EntryId, EntryId];
  await take([large]);
  await take(files, (row) => without(lacking)(renamed(two, 'second')(renamed(one, 'first')(row))));
  expect([...((await find()) ?? [])].sort()).toEqual(['/large', '/large/first', '/large/second']);
});

test('[SY13] rows that changed without a change are named once the sums are those of the rows', async () => {
  const [outer, inner] = [author.createFolder(rootId, 'outer'), author.createFolder(rootId, 'inner')];
  const below = author.createFolder(inner.entryId, 'below');
  const wrong = author.createFile(below.entryId, 'wrong');
  await take([outer, inner, below, wrong, author.createFile(below.entryId, 'right'), author.createFile(outer.entryId, 'aside')]);
  rotRegion(join(folder, 'region.db'), `UPDATE entry SET state = replace(state, '"wrong"', '"wrang"')`);
  const rotten = await store.recomputeDigest(space);
  expect(rotten?.digest).not.toBe((await store.digest(space)).digest);
  expect(await find()).toEqual(['/']);
  expect(await store.correctSums(space)).toBe(true);
  expect(await store.digest(space)).toEqual(rotten);
  expect(await find()).toEqual(['/inner/below/wrang']);
  rotRegion(join(folder, 'region.db'), `UPDATE entry SET state = replace(state, '"wrang"', '"wrong"')`);
  expect(await store.correctSums(space)).toBe(true);
  expect((await store.digest(space)).digest).toBe((await hub.digest(space)).digest);
});

test('[SY13] a folder that differs itself is named, and nothing is said while one of the two moves on', async () => {
  const [outer, inner] = [author.createFolder(rootId, 'outer'), author.createFolder(rootId, 'inner')];
  await take([outer, inner], renamed(inner.entryId, 'else'));
  expect(await find()).toEqual(['/else']);
  const more = [author.createFile(outer.entryId, 'more')];
  meanwhile = () => take(more.splice(0, 1));
  expect(await find()).toBeNull();
});
