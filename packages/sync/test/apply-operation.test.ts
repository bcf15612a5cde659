import { expect, test } from 'vitest';
import type { Dot } from '../src/index.ts';
import { clampStamp, dotKey, logicalMax, mergeClock, nearestCommonAncestor, regionId, replicaId, tickClock, winner } from '../src/index.ts';
import { content, createFile, createFolder, forget, id, move, remove, restore, TwoAuthors, write } from './two-authors.ts';

const contents = (hub: TwoAuthors, entry: string): (string | undefined)[] =>
  hub.tree.entry(id(entry))?.heads.map((head) => head.content.hash[0]) ?? [];
const notes = (effects: readonly { readonly type: string }[]): unknown[] =>
  effects.filter((effect) => effect.type === 'note').map((effect) => ('note' in effect ? effect.note : null));

test('[SY2] a write replaces the head it saw, and leaves the one it had not seen', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  hub.apply('a', write('f', [first.dot], '2'));
  expect(contents(hub, 'f')).toEqual(['2']);
  hub.apply('b', write('f', [first.dot], '3'), { seen: 1 });
  expect(contents(hub, 'f')).toEqual(['3', '2']);
});

test('[SY2] the same bytes written twice at a time are one head', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  hub.apply('a', write('f', [first.dot], '2'));
  hub.apply('b', write('f', [first.dot], '2'), { seen: 1 });
  expect(contents(hub, 'f')).toEqual(['2']);
});

test('[SY3] among siblings the highest stamp wins, whoever arrives first', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  hub.apply('a', write('f', [first.dot], '2'), { wallMs: 9000 });
  hub.apply('b', write('f', [first.dot], '3'), { seen: 1, wallMs: 5000 });
  expect(contents(hub, 'f')).toEqual(['2', '3']);
});

test('[SY3] a causally newer write wins although its clock is behind', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }), { wallMs: 9000 });
  hub.apply('b', write('f', [first.dot], '2'), { wallMs: 1 });
  expect(contents(hub, 'f')).toEqual(['2']);
});

test('[SY4] an edit that the delete had not seen keeps the file', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  const seen = hub.observed(id('f'));
  hub.apply('b', write('f', [first.dot], '2'));
  expect(notes(hub.apply('a', remove('f', seen), { seen: 1 }).effects)).toContain('edit-beats-delete');
  expect(hub.tree.shown()).toContain('/f=2');
});

test('[SY4] a folder delete spares what its author had not seen, and trashes the rest', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('d', { id: 'd' }));
  hub.apply('a', createFile('old', { id: 'old', bytes: '1', parent: 'd' }));
  const seen = hub.observed(id('d'));
  hub.apply('b', createFile('new', { id: 'new', bytes: '2', parent: 'd' }));
  hub.apply('a', remove('d', seen), { seen: 2 });
  expect(
    hub.tree
      .shown()
      .split('\n')
      .map((line) => line.split('=')[0]),
  ).toEqual(['/d/', '/d/new']);
  expect(hub.tree.entry(id('old'))?.deleted?.implied).toBe(true);
});

test('[SY4] a write into a deleted folder revives it', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('d', { id: 'd' }));
  hub.apply('a', remove('d', hub.observed(id('d'))));
  hub.apply('b', createFile('f', { id: 'f', bytes: '1', parent: 'd' }), { seen: 1 });
  expect(hub.tree.shown()).toContain('/d/f=1');
});

test('[SY5] two folders of one name become one, whatever the case or the accents are made of', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('Caf\u00e9', { id: 'one' }));
  hub.apply('b', createFolder('cafe\u0301', { id: 'two' }), { seen: 0 });
  hub.apply('b', createFile('f', { id: 'f', bytes: '1', parent: 'two' }), { seen: 0 });
  expect(hub.tree.shown()).toContain('/Caf\u00e9/f=1');
  expect(hub.tree.aliasOf(id('two'))).toBe('one');
});

test('[SY5] a file and a folder of one name: the later one is renamed', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('x.txt', { id: 'one' }));
  hub.apply('b', createFile('x.txt', { id: 'two', bytes: '1' }), { seen: 0 });
  expect(hub.tree.entry(id('two'))?.name).toBe('x (conflict b 1970-01-01).txt');
});

test('[SY6] of two moves the higher stamp wins', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  hub.apply('a', move('f', 'root', 'late'), { wallMs: 9000 });
  expect(notes(hub.apply('b', move('f', 'root', 'early'), { seen: 1, wallMs: 5000 }).effects)).toContain('move-superseded');
  expect(hub.tree.entry(id('f'))?.name).toBe('late');
});

test('[SY6] a move that would close a cycle is refused', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('x', { id: 'x' }));
  hub.apply('a', createFolder('y', { id: 'y' }));
  hub.apply('a', move('x', 'y', 'x'));
  expect(notes(hub.apply('b', move('y', 'x', 'y'), { seen: 2 }).effects)).toContain('move-cycle');
});

test('[SY7] [SY8] a resolve replaces all heads; the same resolve from elsewhere is no conflict', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  const second = hub.apply('b', write('f', [], '2'), { seen: 0 });
  const both = [first.dot, second.dot];
  hub.apply('a', { ...write('f', both, '3'), type: 'resolve' });
  hub.apply('b', { ...write('f', both, '3'), type: 'resolve' }, { seen: 2 });
  expect(contents(hub, 'f')).toEqual(['3']);
});

test('[SY9] the clock never runs back, and a stamp from the future is clamped', () => {
  expect(tickClock({ wallMs: 100, logical: 2 }, 50)).toEqual({ wallMs: 100, logical: 3 });
  expect(tickClock({ wallMs: 100, logical: logicalMax }, 50)).toEqual({ wallMs: 101, logical: 0 });
  expect(mergeClock({ wallMs: 100, logical: 0 }, { wallMs: 200, logical: 7 })).toEqual({ wallMs: 200, logical: 7 });
  const stamp = { wallMs: 500_000, logical: 0, replica: replicaId(regionId('a'), 1) };
  expect(clampStamp(stamp, 100_000, 60_000).wallMs).toBe(160_000);
});

test('[SY11] a write to something forgotten lands under Recovered', () => {
  const hub = new TwoAuthors();
  hub.apply('a', { ...write('gone', [], '1'), name: 'notes.txt' });
  expect(hub.tree.shown()).toContain('/Recovered/notes.txt=1');
  expect(winner(hub.tree.entry(id('gone')) ?? ({ heads: [] } as never))?.content).toEqual(content('1'));
});

test('[SY11] a folder that is forgotten takes along what its author had brought back into it and then deleted', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('d', { id: 'd' }));
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1', parent: 'd' }));
  const gone = hub.apply('a', remove('d', hub.observed(id('d'))));
  hub.apply('a', forget({ entries: [{ id: id('f'), deletedBy: gone.dot }], versions: [{ entryId: id('f'), dot: first.dot }] }));
  hub.apply('a', forget({ entries: [{ id: id('d'), deletedBy: gone.dot }] }));
  const back = hub.apply('b', { ...write('f', [], '2') }, { seen: 3 });
  expect(hub.tree.shown()).toContain('/Recovered/f=2');
  hub.apply(
    'b',
    remove('d', [
      { id: id('d'), heads: [] },
      { id: id('f'), heads: [back.dot] },
    ]),
    { seen: 3 },
  );
  expect(hub.tree.entry(id('f'))?.deleted).not.toBeNull();
});

test('[SY11] forgetting takes what is still deleted by what was meant, and nothing else', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('d', { id: 'd' }));
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1', parent: 'd' }));
  const gone = hub.apply('a', remove('d', hub.observed(id('d'))));
  const everything = [id('f'), id('d')].map((entry) => ({ id: entry, deletedBy: gone.dot }));
  hub.apply('a', forget({ entries: [{ id: id('d'), deletedBy: gone.dot }] }));
  expect(hub.tree.entry(id('d')), 'something stands in it').not.toBeNull();
  hub.apply('a', forget({ entries: everything, versions: [{ entryId: id('f'), dot: first.dot }] }));
  expect([hub.tree.entry(id('f')), hub.tree.entry(id('d'))?.id, hub.tree.versions.size]).toEqual([null, 'd', 0]);
  hub.apply('b', createFile('g', { id: 'g', bytes: '2', parent: 'd' }), { seen: 3 });
  hub.apply('a', forget({ entries: everything }));
  expect(hub.tree.shown()).toContain('/d/g=2');
});

test('[SY11] a head is never forgotten, nor what a file comes back with', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('d', { id: 'd' }));
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1', parent: 'd' }));
  const second = hub.apply('a', write('f', [first.dot], '2'));
  hub.apply('a', forget({ versions: [first, second].map(({ dot }) => ({ entryId: id('f'), dot })) }));
  expect([...hub.tree.versions.keys()]).toEqual(['a:1/3']);
  hub.apply('a', remove('d', hub.observed(id('d'))));
  hub.apply('a', forget({ versions: [{ entryId: id('f'), dot: second.dot }] }));
  hub.apply('b', move('f', 'root', 'f'), { seen: 3 });
  expect(hub.tree.shown()).toContain('/f=2');
});

test('[SY5] [SY11] aliases go with what they led to', () => {
  const hub = new TwoAuthors();
  hub.apply('a', createFolder('d', { id: 'one' }));
  hub.apply('b', createFolder('d', { id: 'two' }), { seen: 0 });
  const gone = hub.apply('a', remove('one', hub.observed(id('one'))));
  hub.apply('a', forget({ entries: [{ id: id('one'), deletedBy: gone.dot }] }));
  expect([hub.tree.aliasOf(id('two')), hub.tree.entry(id('one'))]).toEqual([null, null]);
});

test('[SY2] [SY7] a version names what it was made from', () => {
  const hub = new TwoAuthors();
  const first = hub.apply('a', createFile('f', { id: 'f', bytes: '1' }));
  const second = hub.apply('a', write('f', [first.dot], '2'));
  const third = hub.apply('b', write('f', [first.dot], '3'), { seen: 1 });
  const merged = hub.apply('a', { ...write('f', [second.dot, third.dot], '4'), type: 'resolve' });
  hub.apply('a', remove('f', hub.observed(id('f'))));
  const restored = hub.apply('a', { ...restore('f', '2'), from: second.dot });
  const parentsOf = ({ dot }: { readonly dot: Dot }) => hub.tree.versions.get(dotKey(dot))?.version.parents;
  expect([first, second, merged, restored].map(parentsOf)).toEqual([[], [first.dot], [second.dot, third.dot], [second.dot]]);
  const versionOf = (dot: Dot) => hub.tree.versions.get(dotKey(dot))?.version ?? null;
  expect(nearestCommonAncestor([second.dot, third.dot], versionOf)).toEqual(first.dot);
  expect(nearestCommonAncestor([second.dot, merged.dot], versionOf)).toEqual(second.dot);
  expect(nearestCommonAncestor([{ ...first.dot, counter: 99 }, merged.dot], versionOf)).toBeNull();
});
