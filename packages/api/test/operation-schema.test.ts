import { expect, test } from 'vitest';
import { operationSchema } from '../src/operation-schema.ts';

const folder = {
  type: 'create',
  kind: 'folder',
  dot: { replica: 'beijing:1', counter: 1 },
  stamp: { wallMs: 1, logical: 0, replica: 'beijing:1' },
  context: { position: { epoch: 1, sequence: 0 }, counter: 0 },
  author: { user: 'li', device: 'desk', region: 'beijing' },
  entryId: 'f',
  parentId: 'root',
  name: 'plans',
};

test('an operation that no store could hold is refused, so it is not tried for ever', () => {
  const isTaken = (change: object) => operationSchema.safeParse({ ...folder, ...change }).success;
  expect(isTaken({})).toBe(true);
  expect(isTaken({ entryId: 'f\0' })).toBe(false);
  expect(isTaken({ parentId: '\ud800' })).toBe(false);
  expect(isTaken({ stamp: { ...folder.stamp, logical: 2_147_483_647 } })).toBe(true);
  expect(isTaken({ stamp: { ...folder.stamp, logical: 2_147_483_648 } })).toBe(false);
  expect(isTaken({ context: { position: { epoch: 2_147_483_648, sequence: 0 }, counter: 0 } })).toBe(false);
});
