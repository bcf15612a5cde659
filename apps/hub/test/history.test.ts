import { defaultPolicy } from '@jzse/api';
import type { TestAuthor } from '@jzse/db/testing';
import { TestTree } from '@jzse/db/testing';
import type { FeedRow, Operation, SpaceId } from '@jzse/sync';
import { dotKey, hubRegion, rootId } from '@jzse/sync';
import { TRPCClientError } from '@trpc/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { startTestHub, type TestHub, testFolder } from './test-hub.ts';
import { TestRegion } from './test-region.ts';

const folder = testFolder();
let hub: TestHub;
let beijing: TestRegion;
let author: TestAuthor;
let space: SpaceId;
let spaces = 0;
beforeAll(async () => {
  hub = await startTestHub(folder.path, { JZSE_MAINTAIN_EVERY_MS: '50', JZSE_FEED_KEEP_DAYS: '0' });
  beijing = new TestRegion('beijing', hub.url);
});
beforeEach(async () => {
  space = `space-${++spaces}` as SpaceId;
  await beijing.admin.createSpace.mutate({ space });
  author = await beijing.author();
});
afterAll(async () => {
  await hub?.end('SIGTERM');
  folder.remove();
});

const push = async (operations: readonly Operation[], region = beijing) =>
  (await region.push(operations, undefined, { space })).head.sequence;
const head = () => beijing.hub.snapshotHead.query({ space });
/** A region is at a place of the log. */
const report = async (region: TestRegion, sequence: number, atMs = Date.now()) => {
  const { position } = await head();
  const said = { space, position: { ...position, sequence }, digest: '0'.repeat(64), atMs, deep: false, divergence: null };
  await region.hub.report.mutate({ region: region.id, reports: [said] });
};
const clockMoves = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => null,
    (error: unknown) => (error instanceof TRPCClientError ? error.data?.jzse?.code : error),
  );

describe('the past of a tree', () => {
  const treeAt = (
    atMs: number,
    options: { path?: string; region?: string; recursive?: boolean; after?: string | null; limit?: number } = {},
  ) => {
    const { path = '/', region = null, recursive = true, after = null, limit = 100 } = options;
    return beijing.hub.treeAt.query({ space, path, moment: { atMs, region }, recursive, after, limit });
  };
  const paths = async (...request: Parameters<typeof treeAt>) => (await treeAt(...request)).entries.map(({ path }) => path);

  test('is told folder by folder, folders before what is in them, page by page', async () => {
    const [docs, sub] = [author.createFolder(rootId, 'Docs'), author.createFolder(rootId, 'zoo')];
    const [a, b, top] = [
      author.createFile(docs.entryId, 'a.txt'),
      author.createFile(docs.entryId, 'b.txt'),
      author.createFile(rootId, 'top.txt'),
    ];
    const inner = author.createFolder(docs.entryId, 'inner');
    await push([docs, sub, a, b, top, inner, author.createFile(inner.entryId, 'deep.txt'), author.createFile(sub.entryId, 'z.txt')]);
    const before = Date.now();
    await clockMoves();
    await push([
      author.move(docs.entryId, rootId, 'renamed'),
      author.delete(a.entryId, [a.dot]),
      author.createFile(docs.entryId, 'new.txt'),
    ]);
    const all = ['/Docs', '/Docs/a.txt', '/Docs/b.txt', '/Docs/inner', '/Docs/inner/deep.txt', '/top.txt', '/zoo', '/zoo/z.txt'];
    expect(await paths(before)).toEqual(all);
    expect(await paths(before, { recursive: false })).toEqual(['/Docs', '/top.txt', '/zoo']);
    expect(await paths(before, { path: '/docs/INNER' })).toEqual(['/Docs/inner/deep.txt']);
    expect(await paths(before, { path: '/Docs/a.txt' })).toEqual(['/Docs/a.txt']);
    expect(await paths(Date.now(), { path: '/renamed', recursive: false })).toEqual([
      '/renamed/b.txt',
      '/renamed/inner',
      '/renamed/new.txt',
    ]);
    expect(await codeOf(treeAt(before, { path: '/renamed' }))).toBe('unknown-path');
    expect(await codeOf(treeAt(1)), 'before the beginning there was no empty tree to go back to').toBe('history-ended');
    await expect(treeAt(1)).rejects.toThrow(/does not reach back to 1970-.*: ask for 2\d{3}-\d\d-\d\dT[\d:.]+Z or later/);
    expect(await codeOf(treeAt(before, { after: 'nonsense' }))).toBe('invalid-input');
    for (const recursive of [true, false]) {
      for (const limit of [1, 2, 3, 7]) {
        const found: string[] = [];
        for (let after: string | null = null; ; ) {
          const page: Awaited<ReturnType<typeof treeAt>> = await treeAt(before, { recursive, after, limit });
          expect(page.entries.length).toBeLessThanOrEqual(limit);
          found.push(...page.entries.map(({ path }) => path));
          if (page.next === null) break;
          after = page.next;
        }
        expect(found).toEqual(recursive ? all : ['/Docs', '/top.txt', '/zoo']);
      }
    }
  });

  test('comes in pages of a few MiB, however long the paths are', async () => {
    const name = (depth: number) => `${depth}`.padEnd(250, 'n');
    let parentId = rootId;
    for (let depth = 0; depth < 300; depth += 100) {
      const folders = Array.from({ length: 100 }, (_, at) => {
        const made = author.createFolder(parentId, name(depth + at));
        parentId = made.entryId;
        return made;
      });
      await push(folders);
    }
    await clockMoves();
    const atMs = Date.now();
    let found = 0;
    let pages = 0;
    for (let after: string | null | undefined; after !== null; pages++) {
      const page = await treeAt(atMs, { after: after ?? null, limit: 1000 });
      expect(JSON.stringify(page.entries).length).toBeLessThan(5 * 1024 * 1024);
      found += page.entries.length;
      after = page.next;
    }
    expect([found, pages]).toEqual([300, 3]);
  });

  test('as a region saw it: what it had of the log, with its own changes on top', async () => {
    const shanghai = new TestRegion('shanghai', hub.url);
    const other = await shanghai.author();
    const [a, docs] = [author.createFile(rootId, 'a'), author.createFolder(rootId, 'docs')];
    const seen = await push([a, docs, author.createFile(docs.entryId, 'x')]);
    await report(shanghai, seen);
    await clockMoves();
    other.wallMs = Date.now();
    other.seen = { ...(await head()).position };
    const offline = [
      other.createFile(docs.entryId, 'mine'),
      other.move(a.entryId, docs.entryId, 'moved'),
      other.createFolder(rootId, 'Docs'),
    ];
    const then = other.wallMs + 1;
    other.wallMs += 60;
    const later = other.createFile(rootId, 'later');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await push([author.createFile(rootId, 'not seen there')]);
    await push([...offline, later], shanghai);
    expect(await paths(then + 5, { region: 'shanghai' })).toEqual(['/docs', '/docs/mine', '/docs/moved', '/docs/x']);
    expect(await paths(then + 5, { region: 'shanghai', limit: 2 })).toEqual(['/docs', '/docs/mine']);
    expect(await paths(then + 5)).toEqual(['/a', '/docs', '/docs/x']);
    expect(await paths(Date.now(), { region: 'shanghai' })).toContain('/later');
    expect(await paths(Date.now(), { region: 'shanghai' })).not.toContain('/not seen there');
    expect(await codeOf(treeAt(Date.now(), { region: 'nowhere' }))).toBe('history-ended');
    expect(await codeOf(treeAt(Date.now(), { region: 'No Region' }))).toBe('invalid-input');
  });
});

describe('forgetting', () => {
  test('[SY11] what every live region has passed and whose time is over goes, in the log, for all alike', async () => {
    const shanghai = new TestRegion('shanghai', hub.url);
    await shanghai.register();
    const retention = { allDays: 0, dailyDays: 0, weeklyDays: 0, trashDays: 0 };
    await beijing.hub.setPolicy.mutate({ space, policy: { ...defaultPolicy, retention } });
    const docs = author.createFolder(rootId, 'docs');
    const [gone, kept] = [author.createFile(docs.entryId, 'gone'), author.createFile(rootId, 'kept')];
    author.wallMs += 5;
    const write = author.write(kept.entryId, [kept.dot]);
    await push([docs, gone, kept, write]);
    const last = await push([author.delete(docs.entryId, [], [{ id: gone.entryId, heads: [gone.dot] }])]);
    const rows = await allRows();
    await report(shanghai, last);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect((await head()).position.sequence, 'beijing has not passed it').toBe(last);
    await report(beijing, last);

    await eventually(async () => (await snapshot()).map(({ type }) => type).sort()).toEqual(['entry', 'version']);
    const { digest, acknowledged } = await head();
    expect(Object.keys(acknowledged).some((replica) => replica.startsWith(`${hubRegion}:`))).toBe(true);
    const tree = new TestTree();
    for (const row of [...rows, ...(await rowsAfter(last))]) tree.apply(row.effects);
    expect(tree.digest()).toBe(digest);
    expect((await snapshot()).flatMap((effect) => (effect.type === 'version' ? [dotKey(effect.version.dot)] : []))).toEqual([
      dotKey(write.dot),
    ]);

    // The feed goes too, up to what all have passed, and with it the past.
    const dots = () => beijing.hub.rowDots.query({ space, sequences: [1, last, last + 1] });
    await eventually(async () => (await dots()).map((dot) => dot === null)).toEqual([true, true, false]);
    expect((await head()).safe).toBe(last);
    expect(await codeOf(beijing.hub.treeAt.query({ space, path: '/', moment: { atMs: 1, region: null }, recursive: true }))).toBe(
      'history-ended',
    );
    expect(await rowsAfter(last)).not.toEqual([]);
  });

  test('[SY11] nothing goes before its time, or above what is safe', async () => {
    const file = author.createFile(rootId, 'f');
    await push([file]);
    const last = await push([author.delete(file.entryId, [file.dot])]);
    for (const region of [beijing, new TestRegion('shanghai', hub.url)]) await report(region, last);
    await eventually(async () => (await head()).safe).toBe(last);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await head()).position.sequence).toBe(last);
    expect(await snapshot()).toHaveLength(2);
  });

  const snapshot = async () => (await beijing.hub.snapshotPage.query({ space, after: null, limit: 1000 })).effects;
  const allRows = () => rowsAfter(0);
  const rowsAfter = async (sequence: number): Promise<readonly FeedRow[]> => {
    const { epoch } = (await head()).position;
    const pulled = await beijing.pull({ epoch, sequence }, { space });
    if (pulled.type !== 'rows') throw new Error(pulled.type);
    return pulled.rows;
  };
});
