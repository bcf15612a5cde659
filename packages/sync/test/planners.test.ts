import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Dot, Entry, EntryId, FormerState, ReturnStep, Version } from '../src/index.ts';
import { decideDoor, dotKey, planRetention, planReturn, regionId, replicaId, rootId } from '../src/index.ts';
import type { MemoryTree } from './memory-tree.ts';
import { content, createFile, createFolder, facts, id, move, remove, restore, TwoAuthors, write } from './two-authors.ts';

const dayMs = 86_400_000;
const replica = replicaId(regionId('a'), 1);
const versionAt = (counter: number, wallMs: number): Version => ({
  dot: { replica, counter },
  stamp: { wallMs, logical: 0, replica },
  position: null,
  content: content('1'),
  facts,
  author: { user: 'u', device: 'd', region: regionId('a') },
  parents: [],
});
const liveWith = (heads: readonly Version[]): Entry => ({ heads, trash: [], sameDots: [], deleted: null }) as unknown as Entry;

test('[SY11] old versions thin out to one a day, then one a week, and heads stay', () => {
  const nowMs = 1000 * dayMs;
  const ages = [0.1, 0.2, 5, 40.2, 40.4, 40.6, 41.5, 300.1, 303.1, 306.1, 2000];
  const versions = ages.map((age, index) => versionAt(index + 1, nowMs - age * dayMs));
  const gone = (weeklyDays: number | null, heads: readonly Version[]): number[] =>
    planRetention({ entry: liveWith(heads), versions }, { allDays: 30, dailyDays: 180, weeklyDays }, nowMs).map(
      (dot) => ages[dot.counter - 1] ?? 0,
    );
  expect(gone(null, versions.slice(0, 1))).toEqual(
    [40.4, 40.6, 303.1, 306.1].filter((age) => gone(null, versions.slice(0, 1)).includes(age)),
  );
  expect(gone(null, [])).toContain(40.6);
  expect(gone(null, [])).not.toContain(2000);
  expect(gone(700, [])).toContain(2000);
  expect(gone(700, versions.slice(-1))).not.toContain(2000);
});

test('[SY11] what retention keeps it keeps when it is asked again, and it never names a head', () => {
  const age = fc.double({ min: 0, max: 900, noNaN: true });
  const days = fc.record({
    allDays: fc.integer({ min: 0, max: 60 }),
    dailyDays: fc.integer({ min: 0, max: 300 }),
    weeklyDays: fc.option(fc.integer({ min: 0, max: 900 })),
  });
  fc.assert(
    fc.property(fc.array(age, { maxLength: 60 }), days, fc.nat(20), (ages, retention, headIndex) => {
      const nowMs = 2000 * dayMs;
      const versions = ages.map((old, index) => versionAt(index + 1, Math.floor(nowMs - old * dayMs)));
      const head = versions[headIndex];
      const entry = liveWith(head === undefined ? [] : [head]);
      const gone = new Set(planRetention({ entry, versions }, retention, nowMs).map(dotKey));
      const left = versions.filter((version) => !gone.has(dotKey(version.dot)));
      if (head !== undefined) expect(gone.has(dotKey(head.dot))).toBe(false);
      for (const version of versions)
        if (nowMs - version.stamp.wallMs <= retention.allDays * dayMs) expect(gone.has(dotKey(version.dot))).toBe(false);
      expect(planRetention({ entry, versions: left }, retention, nowMs)).toEqual([]);
    }),
  );
});

test('[SY11] a deleted file keeps what it was deleted with until its tombstone goes', () => {
  const old = versionAt(1, 0);
  const gone: Dot = { replica, counter: 2 };
  const entry = {
    heads: [],
    sameDots: [],
    trash: [{ ...old, trashedBy: gone, implied: false }],
    deleted: { dot: gone, position: null, implied: false },
  };
  expect(planRetention({ entry, versions: [old] }, { allDays: 0, dailyDays: 0, weeklyDays: 0 }, 9000 * dayMs)).toEqual([]);
});

test('[SY14] the door closes over the share, and not for a handful of files', () => {
  const limits = { sharePercent: 30, entriesMin: 200 };
  expect(decideDoor({ entries: 301, total: 1000 }, limits)).toBe('closed');
  expect(decideDoor({ entries: 300, total: 1000 }, limits)).toBe('open');
  expect(decideDoor({ entries: 50, total: 50 }, limits)).toBe('open');
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(5000), fc.nat(500), (entries, total, more) => {
      if (decideDoor({ entries, total }, limits) === 'closed')
        expect(decideDoor({ entries: entries + more, total }, limits)).toBe('closed');
    }),
  );
});

/** Does what a plan says, as ordinary operations of one region. */
function carryOut(hub: TwoAuthors, steps: readonly ReturnStep[]): void {
  for (const step of steps) {
    const entry = step.entryId;
    if (step.type === 'move') hub.apply('a', move(entry, step.parentId, step.name));
    else if (step.type === 'delete') hub.apply('a', remove(entry, hub.observed(entry)));
    else {
      const digit = step.version?.content.hash[0] ?? '0';
      const what = step.type === 'write' ? write(entry, step.base, digit) : restore(entry, digit);
      hub.apply('a', { ...what, content: step.version?.content ?? null });
    }
  }
}
const stateOf = (tree: MemoryTree): FormerState[] =>
  [...tree.entries.values()].filter((entry) => entry.id !== rootId).map((entry) => ({ id: entry.id, entry }));
/** Paths with the bytes of all heads, without the dots. */
const shownBytes = (tree: MemoryTree): string => tree.shown().replace(/@[^|\n]*/g, '');

function aSpace(): TwoAuthors {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('docs', { id: 'docs' }));
  hub.apply('a', createFolder('deep', { id: 'deep', parent: 'docs' }));
  hub.apply('a', createFile('a.txt', { id: 'a', bytes: '1', parent: 'deep' }));
  hub.apply('a', createFile('b.txt', { id: 'b', bytes: '2', parent: 'deep' }));
  hub.apply('a', createFile('c.txt', { id: 'c', bytes: '3' }));
  hub.apply('b', write('c', [], '4'), { seen: 0 });
  return hub;
}

/** Everything that was there before goes back to what it was; what was not there goes. */
function returnTo(hub: TwoAuthors, before: { readonly states: readonly FormerState[]; readonly shown: string }): void {
  const known = new Set(before.states.map((state) => state.id));
  const made = [...hub.tree.entries.keys()]
    .filter((entry) => entry !== rootId && !known.has(entry))
    .map((entry) => ({ id: entry, entry: null }));
  carryOut(hub, planReturn(hub.tree, [...before.states, ...made]).steps);
  expect(shownBytes(hub.tree)).toBe(before.shown);
}
const snapshot = (hub: TwoAuthors) => ({ states: stateOf(hub.tree), shown: shownBytes(hub.tree) });

test('[SY15] a deleted folder comes back whole', () => {
  const hub = aSpace();
  const before = snapshot(hub);
  hub.apply('a', remove('docs', hub.observed(id('docs'))));
  returnTo(hub, before);
});

test('[SY15] names that were swapped are swapped back, and what took a name makes way', () => {
  const hub = aSpace();
  const before = snapshot(hub);
  hub.apply('a', move('a', 'deep', 'x'));
  hub.apply('a', move('b', 'deep', 'a.txt'));
  hub.apply('a', move('a', 'deep', 'b.txt'));
  hub.apply('a', move('c', 'docs', 'moved'));
  hub.apply('a', createFolder('c.txt', { id: 'new' }));
  hub.apply('a', createFile('inside', { id: 'inside', bytes: '9', parent: 'new' }));
  returnTo(hub, before);
});

test('[SY15] a folder that was turned inside out stands as before, with its contents', () => {
  const hub = aSpace();
  const before = snapshot(hub);
  hub.apply('a', move('deep', 'root', 'deep'));
  hub.apply('a', move('docs', 'deep', 'docs'));
  hub.apply('a', write('a', [hub.tree.entry(id('a'))?.heads[0]?.dot as Dot], '7'));
  hub.apply('a', createFolder('kept', { id: 'kept', parent: 'docs' }));
  hub.apply('a', move('b', 'kept', 'b.txt'));
  returnTo(hub, before);
});

test('[SY15] what others merged, forgot or left alone is said, not forced', () => {
  const hub = aSpace();
  const plan = planReturn(hub.tree, [
    { id: id('never'), entry: { ...(hub.tree.entry(id('a')) as Entry), id: id('never') } },
    { id: id('a'), entry: hub.tree.entry(id('a')) },
    { id: id('unknown'), entry: null },
  ]);
  expect(plan).toEqual({
    steps: [],
    skipped: [
      { id: 'never', why: 'forgotten' },
      { id: 'unknown', why: 'nothing-to-do' },
      { id: 'a', why: 'nothing-to-do' },
    ],
  });
});

test('[SY15] from any state back to any other', () => {
  const act = fc.record({
    kind: fc.constantFrom('move', 'write', 'delete', 'create', 'folder'),
    entry: fc.nat(30),
    parent: fc.nat(30),
    name: fc.constantFrom('a.txt', 'docs', 'x', 'B.TXT'),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 15 }), (acts) => {
      const hub = aSpace();
      const before = snapshot(hub);
      for (const [index, what] of acts.entries()) perform(hub, { ...what, fresh: `n${index}` });
      returnTo(hub, before);
    }),
    { numRuns: 300 },
  );
});

function perform(
  hub: TwoAuthors,
  what: { readonly kind: string; readonly entry: number; readonly parent: number; readonly name: string; readonly fresh: string },
): void {
  const live = [...hub.tree.entries.values()].filter((entry) => entry.deleted === null && entry.id !== rootId);
  const folders: EntryId[] = [rootId, ...live.filter((entry) => entry.kind === 'folder').map((entry) => entry.id)];
  const entry = live[what.entry % Math.max(1, live.length)];
  const parent = folders[what.parent % folders.length] ?? rootId;
  if (what.kind === 'folder') hub.apply('a', createFolder(what.name, { id: what.fresh, parent }));
  else if (what.kind === 'create') hub.apply('a', createFile(what.name, { id: what.fresh, bytes: '5', parent }));
  else if (entry === undefined) return;
  else if (what.kind === 'delete') hub.apply('a', remove(entry.id, hub.observed(entry.id)));
  else if (what.kind === 'move') hub.apply('a', move(entry.id, parent, what.name));
  else if (entry.kind === 'file')
    hub.apply(
      'a',
      write(
        entry.id,
        entry.heads.map((head) => head.dot),
        '6',
      ),
    );
}
