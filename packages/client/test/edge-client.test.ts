import { JzseError } from '@jzse/api';
import type { SpaceEvent } from '@jzse/api/edge';
import { createEdgeClient, isRetryable, walkSpace } from '@jzse/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type MemoryEdge, startMemoryEdge } from './memory-edge.ts';

let edge: MemoryEdge;
beforeEach(async () => {
  edge = await startMemoryEdge();
});
afterEach(() => edge.close());

const connect = () => createEdgeClient({ url: edge.url, token: edge.token });
const changed = (path: string): SpaceEvent => ({ type: 'changed', folders: [], paths: [path] });

test('errors of tRPC calls and of plain requests carry the same codes', async () => {
  await expect(connect().trpc.stat.query({ space: 'demo', path: '/none' })).rejects.toMatchObject({
    name: 'JzseError',
    code: 'unknown-path',
    message: 'no /none',
    detail: { path: '/none' },
  });
  await expect(connect().files.read({ space: 'demo', path: '/none' })).rejects.toMatchObject({ code: 'unknown-path' });
  await expect(connect().trpc.stat.query({ space: 'No Slug', path: '/' })).rejects.toMatchObject({ code: 'invalid-input' });
  await expect(createEdgeClient({ url: edge.url, token: 'x' }).trpc.listSpaces.query()).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a server that is not there is a retryable error that says what to do', async () => {
  const client = createEdgeClient({ url: 'http://127.0.0.1:1', token: 'x' });
  const error: unknown = await client.trpc.listSpaces.query().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(JzseError);
  expect(isRetryable(error)).toBe(true);
  expect(error).toMatchObject({ code: 'unreachable', message: expect.stringMatching(/cannot reach http:\/\/127\.0\.0\.1:1 .*try again/) });
});

test('names that climb never leave the client', () => {
  for (const path of ['/a/../b', '/..', '/a\\b', '/a\0']) {
    expect(() => connect().files.url({ space: 'demo', path })).toThrow(JzseError);
  }
  expect(connect().files.url({ space: 'demo', path: '/ä b/#?%' })).toBe(`${edge.url}/files/demo/%C3%A4%20b/%23%3F%25`);
});

test('a walk visits every page', async () => {
  const commit = { content: { hash: 'a', size: 1, manifest: null }, chunks: [], modifiedMs: 0, mediaType: null } as never as object;
  for (let index = 0; index < 2500; index++) {
    edge.files.set(`/many/f${index}`, { commit: { ...commit, path: '' } as never, version: 'beijing:1/1' });
  }
  let count = 0;
  for await (const { depth } of walkSpace(connect().trpc, { space: 'demo', path: '/' })) count += depth;
  expect(count).toBe(1 + 2 * 2500);
});

test('watching goes on where it stopped, through a restart of the edge', async () => {
  const abort = new AbortController();
  const seen: string[] = [];
  const states: boolean[] = [];
  const watching = connect().watch('demo', {
    signal: abort.signal,
    onEvent: (event) => seen.push(event.type === 'changed' ? (event.paths[0] ?? '') : event.type),
    onLive: (live) => states.push(live),
  });
  await expect.poll(() => states).toEqual([true]);
  edge.publish(changed('/a'));
  await expect.poll(() => seen).toEqual(['/a']);
  const port = Number(new URL(edge.url).port);
  await edge.close();
  await expect.poll(() => states).toEqual([true, false]);
  edge = await startMemoryEdge(port);
  edge.publish(changed('/a'));
  edge.publish(changed('/b'));
  await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['/a', '/b']);
  abort.abort();
  await watching;
});

test('watching with a wrong token ends with the reason', async () => {
  const stranger = createEdgeClient({ url: edge.url, token: 'wrong' });
  const watching = stranger.watch('demo', { signal: AbortSignal.timeout(30_000), onEvent: () => {} });
  await expect(watching).rejects.toMatchObject({ code: 'unauthenticated' });
});
