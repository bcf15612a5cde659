import type { ConflictRule } from '@jzse/api/edge';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { returnEntries } from '../../src/write/return-entries.ts';
import { type ConflictedRegion, codeOf, lin, namesIn, openConflictedRegion, space, wei } from './conflicted-region.ts';

let at: ConflictedRegion;
beforeAll(async () => {
  at = await openConflictedRegion();
});
afterAll(() => at.close());

const resolveAll = (folder: string, rule: ConflictRule, preview = false) =>
  at.services.resolveConflicts({ space, folder, rule, preview, author: wei });
const undo = (changeId: string | null) => at.services.undoChange({ space, changeId: changeId ?? '', author: wei });
const list = async (folder: string) => (await at.services.listConflicts(space, folder, { after: null, limit: 100 })).conflicts;

describe('[SY7] conflicts as people see them', () => {
  test('are listed in a folder, a page at a time, with why and from what', async () => {
    for (const name of ['a', 'b', 'c']) await at.conflict(`/list/deep/${name}.txt`, 'base\n', ['left\n', 'right\n']);
    await at.conflict('/list/new.txt', null, ['left', 'right']);
    await at.put('/list/none.txt', 'x');
    expect((await list('/list')).map(({ path }) => path).sort()).toEqual([
      '/list/deep/a.txt',
      '/list/deep/b.txt',
      '/list/deep/c.txt',
      '/list/new.txt',
    ]);
    const first = await at.services.listConflicts(space, '/list/deep', { after: null, limit: 2 });
    const second = await at.services.listConflicts(space, '/list/deep', { after: first.next, limit: 2 });
    expect([first.conflicts.length, second.conflicts.length, second.next]).toEqual([2, 1, null]);
    const [one] = await list('/list/deep/a.txt');
    expect(one).toMatchObject({
      path: '/list/deep/a.txt',
      versions: [
        { author: lin, current: true, held: true },
        { author: wei, current: false },
      ],
      base: { author: wei },
      merge: { strategy: 'lww', state: 'none', reason: null },
    });
    expect(one?.reason).toMatch(/^lin in shanghai changed it without having seen what wei in beijing had changed\. Both began with/);
  });

  test('are shown with their differences, and with what the hub knows of merges', async () => {
    await at.setPolicy({ merge: [{ glob: '*.txt', strategy: 'text' }] });
    at.hub.mergeStates = async (_space, [entryId]) => [{ entryId: entryId as never, state: 'failed', reason: 'both changed line 1' }];
    const one = await at.services.conflict(space, '/list/deep/a.txt');
    expect(one.merge).toEqual({ strategy: 'text', state: 'failed', reason: 'both changed line 1' });
    expect(one.differences).toHaveLength(1);
    expect(one.differences[0]?.unified).toMatch(
      /^--- beijing:1\/\d+ \(lin, shanghai\)\n\+\+\+ .*\(wei, beijing\)\n@@ -1,1 \+1,1 @@\n-right\n\+left\n$/,
    );
    at.hub.mergeStates = async () => {
      throw new Error('the hub is away');
    };
    await at.conflict('/list/binary.dat', 'a', ['a\0', 'b\0']);
    const binary = await at.services.conflict(space, '/list/binary.dat');
    expect([binary.merge, binary.differences.map(({ unified }) => unified)]).toEqual([
      { strategy: 'lww', state: 'none', reason: null },
      [''],
    ]);
    expect(await codeOf(at.services.conflict(space, '/list/none.txt'))).toBe('no-conflict');
    expect(await list('/list/none.txt')).toEqual([]);
  });
});

describe('[SY7] many conflicts', () => {
  test.each<[string, ConflictRule, string]>([
    ['the newest', { type: 'newest' }, 'ada'],
    ['the oldest', { type: 'oldest' }, 'wei'],
    ['a region', { type: 'region', region: 'shanghai' }, 'lin'],
    ['a person', { type: 'person', user: 'wei' }, 'wei'],
  ])('end by %s, after a preview that changes nothing, and come back when it is undone', async (name, rule, expected) => {
    const folder = `/bulk ${name}`;
    const paths = [`${folder}/1`, `${folder}/deep/2`, `${folder}/deep/3`];
    for (const path of paths) await at.conflict(path, 'base', [`${path} wei`, `${path} lin`, `${path} ada`]);
    const before = await Promise.all(paths.map(at.heads));
    const preview = await resolveAll(folder, rule, true);
    expect([preview.changeId, preview.done.map(({ path }) => path).sort(), preview.more]).toEqual([null, paths, false]);
    expect(await Promise.all(paths.map(at.heads))).toEqual(before);
    const outcome = await resolveAll(folder, rule);
    expect(outcome.done.map(({ path }) => path).sort()).toEqual(paths);
    expect(await Promise.all(paths.map(at.heads))).toEqual(paths.map((path) => [`${path} ${expected}`]));
    expect((await at.services.listChanges(space))[0]).toMatchObject({ changeId: outcome.changeId, author: wei, entries: 3 });
    const undone = await undo(outcome.changeId);
    expect(undone.skipped).toEqual([]);
    expect(await Promise.all(paths.map(at.heads))).toEqual(before);
    await undo(undone.changeId);
    expect(await Promise.all(paths.map(at.heads))).toEqual(paths.map((path) => [`${path} ${expected}`]));
  });

  test('are left where the rule says nothing of them, and where somebody changed them since', async () => {
    await at.conflict('/skip/both', 'base', ['wei', 'lin']);
    const first = await at.put('/skip/wei only', 'base');
    await at.put('/skip/wei only', 'wei 1', { base: [first] });
    await at.put('/skip/wei only', 'wei 2', { base: [first] });
    const outcome = await resolveAll('/skip', { type: 'region', region: 'shanghai' });
    expect(outcome.done.map(({ path }) => path)).toEqual(['/skip/both']);
    expect(outcome.skipped).toEqual([{ path: '/skip/wei only', why: 'no version of it is from shanghai' }]);
    await at.put('/skip/both', 'later');
    const undone = await undo(outcome.changeId);
    expect([undone.done, undone.skipped]).toEqual([[], [{ path: '/skip/both', why: 'it was changed since' }]]);
    expect(await at.heads('/skip/both')).toEqual(['later']);
    expect(await codeOf(undo('nonsense'))).toBe('unknown-change');
    expect(await codeOf(resolveAll('/nowhere', { type: 'newest' }))).toBe('unknown-path');
  });

  test('are put beside, and back', async () => {
    for (const name of ['1', '2']) await at.conflict(`/beside/${name}`, 'base', ['wei', 'lin']);
    const outcome = await resolveAll('/beside', { type: 'keep-both' });
    expect([outcome.done.length, (await namesIn(at, '/beside')).length]).toEqual([2, 4]);
    await undo(outcome.changeId);
    expect(await namesIn(at, '/beside')).toEqual(['1', '2']);
    expect(new Set(await at.heads('/beside/1'))).toEqual(new Set(['wei', 'lin']));
  });

  test('are ended a thousand at a time without anybody else waiting', async () => {
    const count = 450;
    for (let index = 0; index < count; index++) await at.conflict(`/many/${index}`, null, ['wei', 'lin']);
    const outcome = await resolveAll('/many', { type: 'newest' });
    expect([outcome.done.length, outcome.more, (await list('/many')).length]).toEqual([count, false, 0]);
  });
});

describe('entries that return to a former state', () => {
  test('are there again under their names, with their contents, and what was not there goes', async () => {
    await at.put('/r/folder/a', 'a1');
    await at.put('/r/folder/b', 'b1');
    const former = await Promise.all(['/r/folder', '/r/folder/a', '/r/folder/b'].map(at.entry));
    await at.put('/r/folder/a', 'a2');
    await at.put('/r/folder/new', 'n');
    const { id } = await at.entry('/r/folder/new');
    const wish = {
      space,
      author: wei,
      former: [...former.map((entry) => ({ id: entry.id, entry })), { id, entry: null }],
      change: { changeId: 'c1', what: 'back' },
    };
    const preview = await returnEntries(at.region.deps, { ...wish, preview: true });
    expect(preview.done).toEqual([
      { path: '/r/folder/new', what: 'deleted', version: null },
      { path: '/r/folder/a', what: 'former content shown again', version: null },
    ]);
    expect(await at.heads('/r/folder/a')).toEqual(['a2']);
    const outcome = await returnEntries(at.region.deps, wish);
    expect([outcome.changeId, outcome.done.map(({ path }) => path)]).toEqual(['c1', ['/r/folder/new', '/r/folder/a']]);
    expect([await namesIn(at, '/r/folder'), await at.heads('/r/folder/a')]).toEqual([['a', 'b'], ['a1']]);
    await undo('c1');
    expect([await namesIn(at, '/r/folder'), await at.heads('/r/folder/a')]).toEqual([['a', 'b', 'new'], ['a2']]);
    expect((await returnEntries(at.region.deps, { ...wish, former: [] })).done).toEqual([]);
  });
});
