import type { EntryId, Hash, SpaceId } from '@jzse/sync';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSpaceChanges } from '../src/observe/space-changes.ts';

const space = 'demo' as SpaceId;
let abort = new AbortController();
beforeEach(() => {
  abort = new AbortController();
});
afterEach(() => abort.abort());
const folder = (name: string): EntryId => name as EntryId;
const openChanges = (boot = 'one') => createSpaceChanges({ boot, pathOf: async (_space, id) => `/${id}` });

test('a watcher is told of what comes after it, several changes at once', async () => {
  const changes = openChanges();
  changes.shown(space, [folder('before')]);
  const watcher = changes.watch(space, { lastEventId: null, signal: abort.signal });
  const first = watcher.next();
  changes.shown(space, [folder('a')]);
  changes.shown(space, [folder('a'), folder('b')]);
  changes.held(space, ['h' as Hash]);
  expect((await first).value).toEqual({ id: 'one-4', event: { type: 'changed', folders: ['a', 'b'], paths: ['/a', '/b'] } });
  expect((await watcher.next()).value).toEqual({ id: 'one-4', event: { type: 'held', hashes: ['h'] } });
});

test('a watcher goes on where it was, and reads all again when that is too long ago or of another life', async () => {
  const changes = openChanges();
  for (let at = 0; at < 3; at++) changes.shown(space, [folder(`f${at}`)]);
  const eventAfter = async (lastEventId: string) => (await changes.watch(space, { lastEventId, signal: abort.signal }).next()).value?.event;
  expect(await eventAfter('one-2')).toEqual({ type: 'changed', folders: ['f2'], paths: ['/f2'] });
  expect(await eventAfter('other-2')).toEqual({ type: 'reset' });
  expect(await eventAfter('one-99')).toEqual({ type: 'reset' });
  for (let at = 0; at < 2_000; at++) changes.shown(space, [folder('f')]);
  expect(await eventAfter('one-2')).toEqual({ type: 'reset' });
});

test('a watcher ends when its signal does', async () => {
  const stop = new AbortController();
  const next = openChanges().watch(space, { lastEventId: null, signal: stop.signal }).next();
  stop.abort();
  expect((await next).done).toBe(true);
});
