import { expect, test } from 'vitest';
import type { Operation } from '../src/index.ts';
import { isSameOperation, regionId, renumber, replicaId } from '../src/index.ts';

const replica = replicaId(regionId('beijing'), 1);
const operation = (counter: number, rest: object): Operation =>
  ({
    dot: { replica, counter },
    stamp: { wallMs: 1000 + counter, logical: 0, replica },
    context: { position: { epoch: 1, sequence: 4 }, counter: counter - 1 },
    author: { user: 'li', device: 'desk', region: 'beijing' },
    ...rest,
  }) as Operation;

test('[SY10] operations under counters of a former life become the first ones of a new replica, and still name each other', () => {
  const next = replicaId(regionId('beijing'), 2);
  const earlier = { replica, counter: 3 };
  const [write, remove] = renumber(
    [
      operation(11, { type: 'write', entryId: 'a', base: [earlier], alsoIds: [], name: 'a' }),
      operation(12, {
        type: 'delete',
        entryId: 'a',
        base: [{ replica, counter: 11 }],
        alsoIds: [],
        observed: [{ id: 'a', heads: [{ replica, counter: 11 }] }],
      }),
    ],
    next,
  );
  expect(write).toMatchObject({
    dot: { replica: next, counter: 1 },
    stamp: { replica: next, wallMs: 1011 },
    context: { counter: 0 },
    base: [earlier],
  });
  expect(remove).toMatchObject({
    dot: { replica: next, counter: 2 },
    base: [{ replica: next, counter: 1 }],
    observed: [{ heads: [{ replica: next, counter: 1 }] }],
  });
});

test('[SY10] the same operation is known again whatever the order of its keys and a stamp that was set back, another one is not', () => {
  const one = operation(11, { type: 'move', entryId: 'a', parentId: 'root', name: 'b' });
  const { type, ...rest } = one;
  expect(isSameOperation(one, { type, ...rest, stamp: { ...one.stamp, wallMs: 1 } } as Operation)).toBe(true);
  expect(isSameOperation(one, operation(11, { type: 'move', entryId: 'a', parentId: 'root', name: 'c' }))).toBe(false);
});
