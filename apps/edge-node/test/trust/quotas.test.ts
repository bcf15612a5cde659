import { afterAll, beforeAll, expect, test } from 'vitest';
import { problemOf, space, startTrustedEdge, type TrustedEdge } from './trusted-edge.ts';

let edge: TrustedEdge;
let wei: string;
let mei: string;

beforeAll(async () => {
  edge = await startTrustedEdge();
  wei = edge.person('wei');
  mei = edge.person('mei');
  for (const user of ['wei', 'mei']) edge.member(user, 'editor');
  edge.hub.put('quota', { of: { type: 'space', space }, bytesMax: 1000 });
  edge.hub.put('quota', { of: { type: 'user', user: 'mei' }, bytesMax: 300 });
  await edge.settled();
});
afterAll(() => edge.stop());

const put = (token: string, path: string, bytes: number) =>
  edge.fetch(`/files/${space}${path}`, token, { method: 'PUT', body: Buffer.alloc(bytes, path) });
const create = (token: string, path: string, bytes: number) => {
  const metadata = `space ${Buffer.from(space).toString('base64')},path ${Buffer.from(path).toString('base64')}`;
  const headers = { 'tus-resumable': '1.0.0', 'upload-length': String(bytes), 'upload-metadata': metadata };
  return edge.fetch('/tus', token, { method: 'POST', headers });
};

test('more than a space may have is refused before it is sent, and says how much is left', async () => {
  expect(await problemOf(await put(wei, '/a', 600))).toBe('ok');
  const refused = await put(wei, '/b', 500);
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ code: 'over-quota', data: { of: 'space', leftBytes: 400, bytesMax: 1000 } });
  expect(await problemOf(await create(wei, '/b', 500))).toBe('over-quota');
  expect(await problemOf(await put(wei, '/b', 400))).toBe('ok');
});

test('what takes the place of something counts by what it adds, and deleting makes room', async () => {
  expect(await problemOf(await put(wei, '/a', 550))).toBe('ok');
  expect(await problemOf(await put(wei, '/a', 601))).toBe('over-quota');
  await edge.calls(wei).move.mutate({ space, from: '/b', to: '/c' });
  await edge.calls(wei).remove.mutate({ space, path: '/c' });
  expect(await problemOf(await put(wei, '/d', 400))).toBe('ok');
});

test('a person has a quota of their own, and what was not announced is seen at the commit', async () => {
  await edge.calls(wei).remove.mutate({ space, path: '/a' });
  expect(await problemOf(await put(mei, '/m', 200))).toBe('ok');
  expect(await problemOf(await put(mei, '/n', 200))).toBe('over-quota');
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(Buffer.alloc(200, 'n'));
      controller.close();
    },
  });
  const unannounced = await edge.fetch(`/files/${space}/n`, mei, { method: 'PUT', body, duplex: 'half' } as RequestInit);
  expect(await unannounced.json()).toMatchObject({ code: 'over-quota', data: { of: 'user', leftBytes: 100 } });
  expect(await problemOf(await put(wei, '/n', 200))).toBe('ok');
});
