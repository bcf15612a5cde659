import type { Moment } from '@jzse/api/edge';
import type { HubServices } from '@jzse/api/hub';
import { dotKey, type Entry, joinPath } from '@jzse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createHistoryServices } from '../../src/history-services.ts';
import { makeFolder, moveEntry, removeEntry } from '../../src/write/change-tree.ts';
import { always } from '../../src/write/decide-write.ts';
import { undoChange } from '../../src/write/undo-change.ts';
import { type ConflictedRegion, openConflictedRegion, wei } from './conflicted-region.ts';
import { space } from './writing-region.ts';

let it: ConflictedRegion;
/** Trees that were looked at, by moment. */
const past = new Map<number, readonly { readonly path: string; readonly entry: Entry }[]>();
beforeEach(async () => {
  it = await openConflictedRegion();
  past.clear();
});
afterEach(() => it.close());

/** A hub whose pages are of two entries. */
const treeAt: HubServices['treeAt'] = async ({ path, moment, after }) => {
  const below = path === '/' ? '/' : `${path}/`;
  const all = (past.get(moment.atMs) ?? []).filter((placed) => placed.path.startsWith(below));
  const start = after === null ? 0 : Number(after);
  const next = start + 2 < all.length ? String(start + 2) : null;
  return { position: { epoch: 0, sequence: 1 }, entries: all.slice(start, start + 2), next };
};
const services = () => createHistoryServices({ read: { store: it.region.store }, write: it.region.deps, hub: { treeAt } });
const remove = (...names: string[]) => removeEntry(it.region.deps, { space, names, condition: always, author: wei });
const at = (atMs: number): Moment => ({ atMs, region: null });

/** Depth first, by name key, as the hub lists it. */
async function shown(): Promise<{ readonly path: string; readonly entry: Entry }[]> {
  const found: { readonly path: string; readonly entry: Entry }[] = [];
  const walk = async (id: Entry['id'], names: readonly string[]): Promise<void> => {
    const { items } = await it.region.store.listFolder(space, id, { after: null, limit: 100 });
    for (const entry of items) {
      found.push({ path: joinPath([...names, entry.name]), entry });
      if (entry.kind === 'folder') await walk(entry.id, [...names, entry.name]);
    }
  };
  await walk('root' as Entry['id'], []);
  return found;
}
const tree = async () =>
  Promise.all(
    (await shown()).map(async ({ path, entry }) =>
      `${path} ${entry.kind === 'file' ? await it.textOf(entry.heads[0]!.content) : ''}`.trim(),
    ),
  );

test('a former version is shown again, made from what was shown', async () => {
  const first = await it.put('/a', 'one');
  const second = await it.put('/a', 'two');
  const info = await services().restore({ space, path: '/a', version: dotKey(first), author: wei });
  expect(info).toMatchObject({ path: '/a', size: 3, siblings: 1 });
  expect(await it.heads('/a')).toEqual(['one']);
  expect((await it.entry('/a')).heads[0]?.parents).toEqual([second]);
  await expect(services().restore({ space, path: '/a', version: 'beijing:1/99', author: wei })).rejects.toMatchObject({
    code: 'unknown-version',
  });
  await expect(services().restore({ space, path: '/a', version: null, author: wei })).rejects.toMatchObject({ code: 'already-exists' });
  await expect(services().restore({ space, path: '/none', version: null, author: wei })).rejects.toMatchObject({ code: 'unknown-path' });
});

test('[SY4] what was deleted comes back: a file, with the folder above it', async () => {
  await it.put('/plans/a', 'one');
  await it.put('/plans/b', 'two');
  await remove('plans', 'a');
  await remove('plans');
  const listed = await services().listDeleted(space, '/plans', { after: null, limit: 10 });
  expect(listed.entries.map(({ path, size, deletedBy }) => [path, size, deletedBy])).toEqual(
    expect.arrayContaining([
      ['/plans/a', 3, 'wei'],
      ['/plans/b', 3, 'wei'],
    ]),
  );
  expect(listed.entries.every(({ deletedMs }) => deletedMs > 0)).toBe(true);
  await services().restore({ space, path: '/plans/a', version: null, author: wei });
  expect(await tree()).toEqual(['/plans', '/plans/a one']);
});

test('[SY4] what was deleted comes back beside a namesake that was made since, the newest first or by its version', async () => {
  await it.put('/a', 'one');
  await remove('a');
  const second = await it.put('/a', 'two');
  await remove('a');
  await it.put('/a', 'three');
  const restore = (version: string | null) => services().restore({ space, path: '/a', version, author: wei });
  await expect(restore('beijing:1/99')).rejects.toMatchObject({ code: 'unknown-version' });
  const back = await restore(dotKey(second));
  expect(back.path).toMatch(/^\/a \(conflict beijing .*\)$/);
  await restore(null);
  expect((await tree()).map((line) => line.replace(/ \(.*\)/, '*')).sort()).toEqual(['/a three', '/a* one', '/a* two']);
  await expect(restore(null)).rejects.toMatchObject({ code: 'already-exists' });
});

test('[SY4] a folder comes back with what went with it, and not with what went before', async () => {
  await it.put('/plans/sub/a', 'one');
  await it.put('/plans/b', 'two');
  await it.put('/plans/c', 'three');
  await remove('plans', 'c');
  await remove('plans');
  expect(await tree()).toEqual([]);
  const info = await services().restore({ space, path: '/plans', version: null, author: wei });
  expect(info).toMatchObject({ path: '/plans', kind: 'folder' });
  expect(await tree()).toEqual(['/plans', '/plans/b two', '/plans/sub', '/plans/sub/a one']);
});

test('[SY15] a space is again as it was, what was new goes if asked for, and all of it can be undone', async () => {
  await it.put('/plans/a', 'one');
  await it.put('/plans/b', 'two');
  await it.put('/top', 'three');
  past.set(1_000, await shown());
  const before = await tree();
  await it.put('/plans/a', 'changed');
  await moveEntry(it.region.deps, { space, author: wei, from: '/top', to: '/plans/top' });
  await remove('plans', 'b');
  await makeFolder(it.region.deps, { space, author: wei, path: '/new' });
  await it.put('/new/n', 'new');
  const now = await tree();
  const wish = { space, path: '/', moment: at(1_000), author: wei };

  const preview = await services().restoreTo({ ...wish, removeNew: true, preview: true });
  expect(preview.changeId).toBeNull();
  expect(preview.done.map(({ path }) => path)).toEqual(expect.arrayContaining(['/plans/a', '/plans/b', '/top', '/new']));
  expect(await tree()).toEqual(now);

  await services().restoreTo({ ...wish, removeNew: false, preview: false });
  expect(await tree()).toEqual(['/new', '/new/n new', ...before]);
  const outcome = await services().restoreTo({ ...wish, removeNew: true, preview: false });
  expect(await tree()).toEqual(before);
  await undoChange(it.region.deps, { space, changeId: outcome.changeId ?? '', author: wei });
  expect(await tree()).toEqual(['/new', '/new/n new', ...before]);
});

test('differences between two moments are told by path, and their number is bounded', async () => {
  await it.put('/plans/a', 'one');
  await it.put('/plans/b', 'two');
  past.set(1_000, await shown());
  await it.put('/plans/a', 'changed');
  await remove('plans', 'b');
  await it.put('/plans 2/a', 'new');
  past.set(2_000, await shown());
  const { differences, more } = await services().difference({ space, path: '/', left: at(1_000), right: at(2_000) });
  expect(more).toBe(false);
  expect(differences.map(({ path, what }) => `${what} ${path}`)).toEqual([
    'differs /plans/a',
    'only-left /plans/b',
    'only-right /plans 2',
    'only-right /plans 2/a',
  ]);
  expect((await services().difference({ space, path: '/', left: at(2_000), right: at(2_000) })).differences).toEqual([]);
  const listed = await services().listAt({ space, path: '/', moment: at(1_000), recursive: true, after: null, limit: 2 });
  expect(listed).toMatchObject({
    entries: [
      { path: '/plans', kind: 'folder', size: 0 },
      { path: '/plans/a', size: 3 },
    ],
    next: '2',
  });
});
