import { connect, type Socket } from 'node:net';
import type { ChunkStore } from '@jzse/storage';
import { StorageFull } from '@jzse/storage';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WritingRegion } from './writing-region.ts';
import {
  bytesOf,
  chunksOf,
  codeOf,
  contentAt,
  createUpload,
  entryAt,
  openWritingRegion,
  part,
  patch,
  sha256,
  space,
  temporaryFolder,
  tus,
} from './writing-region.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let region: WritingRegion;
beforeEach(async () => {
  temporary = temporaryFolder();
  region = await openWritingRegion({ folder: temporary.folder });
});
afterEach(async () => {
  await region.close();
  temporary.remove();
});

const head = (address: string) => fetch(address, { method: 'HEAD', headers: tus });
const offsetOf = async (address: string): Promise<number> => Number((await head(address)).headers.get('upload-offset'));
/** The same upload after the server was closed and opened again. */
const moved = (address: string): string => region.url + new URL(address).pathname;
async function reopen(): Promise<void> {
  await region.close();
  region = await openWritingRegion({ folder: temporary.folder });
}

/** A PATCH that never ends by itself: announced longer than what is sent. */
function openPatch(address: string, sent: { readonly offset: number; readonly length: number; readonly headers?: string }): Socket {
  const socket = connect(region.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `PATCH ${new URL(address).pathname} HTTP/1.1\r\nHost: x\r\nAuthorization: ${part.authorization}\r\nTus-Resumable: 1.0.0\r\n` +
      `Content-Type: ${part['content-type']}\r\nUpload-Offset: ${sent.offset}\r\nContent-Length: ${sent.length}\r\n${sent.headers ?? ''}\r\n`,
  );
  return socket;
}
const written = (socket: Socket, bytes: Uint8Array): Promise<void> => new Promise((resolve) => socket.write(bytes, () => resolve()));
const ended = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (data) => {
      text += data.toString('latin1');
      socket.end();
    });
    socket.on('close', () => resolve(text));
  });
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('any split of the bytes into parts gives the same content and the same chunks', async () => {
  const bytes = bytesOf(6_000_000, 21);
  const expected = chunksOf(bytes);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 }), fc.boolean(), async (cuts, isDeferred) => {
      const path = `/split/${run++}`;
      const address = await createUpload(region, { length: isDeferred ? null : bytes.length, meta: { space, path } });
      const ends = [...cuts, bytes.length].sort((left, right) => left - right);
      let offset = 0;
      for (const [index, end] of ends.entries()) {
        const isLast = index === ends.length - 1;
        if (!isLast && end === bytes.length) continue;
        const headers: Record<string, string> = isLast && isDeferred ? { 'upload-length': String(bytes.length) } : {};
        expect((await patch(address, { offset, body: bytes.subarray(offset, end), headers })).status).toBe(204);
        offset = end;
      }
      const content = (await entryAt(region, path))!.heads[0]!.content;
      expect(content.hash).toBe(sha256(bytes));
      expect(await region.store.chunksOf(content)).toEqual(expected);
    }),
    { numRuns: 15 },
  );
  expect((await contentAt(region, '/split/0'))?.equals(bytes)).toBe(true);
});

describe('a server that is opened again on the same files', () => {
  test('goes on at the byte that was acknowledged, whatever the parts were', async () => {
    const bytes = bytesOf(8_000_000, 22);
    let address = await createUpload(region, { length: bytes.length });
    let offset = 0;
    for (const end of [1, 100_000, 3_000_000, 3_000_001, 7_999_999]) {
      await patch(address, { offset, body: bytes.subarray(offset, end) });
      await reopen();
      address = moved(address);
      offset = await offsetOf(address);
      expect(offset).toBe(end);
    }
    await patch(address, { offset, body: bytes.subarray(offset) });
    expect((await contentAt(region, '/file'))?.equals(bytes)).toBe(true);
    expect(await region.store.chunksOf((await entryAt(region, '/file'))!.heads[0]!.content)).toEqual(chunksOf(bytes));
    await reopen();
    expect(await offsetOf(moved(address))).toBe(bytes.length);
  });

  test('commits an upload whose last byte was durable and whose commit was not', async () => {
    const bytes = bytesOf(1_000_000, 23);
    const address = await createUpload(region, { length: bytes.length });
    await patch(address, { offset: 0, body: bytes.subarray(0, 999_999) });
    const id = address.split('/').at(-1) ?? '';
    const row = await region.store.upload(id);
    const tail = Buffer.concat([row!.tail, bytes.subarray(999_999)]);
    await region.store.advanceUpload(id, { fromOffset: 999_999, toOffset: 1_000_000, sealed: [], tail });
    await reopen();
    expect((await contentAt(region, '/file'))?.equals(bytes)).toBe(true);
  });

  test('and so does the HEAD of its client', async () => {
    const address = await createUpload(region, { length: 4 });
    const id = address.split('/').at(-1) ?? '';
    await region.store.advanceUpload(id, { fromOffset: 0, toOffset: 4, sealed: [], tail: Buffer.from('abcd') });
    const response = await head(address);
    expect([response.headers.get('upload-offset'), response.headers.get('jzse-path')]).toEqual(['4', '/file']);
    expect((await contentAt(region, '/file'))?.toString()).toBe('abcd');
  });
});

describe('a sender that goes away', () => {
  test('leaves what arrived, durable', async () => {
    const bytes = bytesOf(12_000_000, 24);
    const address = await createUpload(region, { length: bytes.length });
    const socket = openPatch(address, { offset: 0, length: bytes.length });
    await written(socket, bytes.subarray(0, 11_000_000));
    await until(async () => (await region.store.upload(address.split('/').at(-1) ?? '')) !== null);
    socket.end();
    await until(async () => (await offsetOf(address)) > 0);
    const offset = await offsetOf(address);
    await reopen();
    expect(await offsetOf(moved(address))).toBe(offset);
    await patch(moved(address), { offset, body: bytes.subarray(offset) });
    expect((await contentAt(region, '/file'))?.equals(bytes)).toBe(true);
  });

  test('leaves nothing under a checksum', async () => {
    const address = await createUpload(region, { length: 100 });
    const socket = openPatch(address, {
      offset: 0,
      length: 100,
      headers: `Upload-Checksum: sha1 ${Buffer.alloc(20).toString('base64')}\r\n`,
    });
    await written(socket, Buffer.alloc(50));
    socket.end();
    await ended(socket);
    expect(await offsetOf(address)).toBe(0);
  });
});

describe('two writers of one upload', () => {
  test('the newer one takes over at what the older one has made durable', async () => {
    const bytes = bytesOf(10_000_000, 25);
    const address = await createUpload(region, { length: bytes.length });
    const older = openPatch(address, { offset: 0, length: bytes.length });
    await written(older, bytes.subarray(0, 6_000_000));
    const answer = ended(older);
    // The question stops the older one: from then on the offset holds.
    const offset = await offsetOf(address);
    older.write(bytes.subarray(6_000_000));
    const response = await patch(address, { offset, body: bytes.subarray(offset) });
    expect(response.status).toBe(204);
    expect(await answer).toContain('423');
    expect((await contentAt(region, '/file'))?.equals(bytes)).toBe(true);
    const entry = await entryAt(region, '/file');
    expect((await region.store.listVersions(space, entry!.id, { after: null, limit: 9 })).items).toHaveLength(1);
  });

  test('many at once: one byte has one writer, and the content is whole', async () => {
    const bytes = bytesOf(4_000_000, 26);
    const address = await createUpload(region, { length: bytes.length });
    const answers = await Promise.all(Array.from({ length: 6 }, () => patch(address, { offset: 0, body: bytes })));
    for (let offset = await offsetOf(address); offset < bytes.length; offset = await offsetOf(address))
      await patch(address, { offset, body: bytes.subarray(offset) });
    expect(answers.every((answer) => [204, 409, 423].includes(answer.status))).toBe(true);
    expect((await contentAt(region, '/file'))?.equals(bytes)).toBe(true);
  });

  test('DELETE stops a writer', async () => {
    const address = await createUpload(region, { length: 100 });
    const older = openPatch(address, { offset: 0, length: 100 });
    await written(older, Buffer.alloc(50));
    const answer = ended(older);
    await until(async () => (await fetch(address, { method: 'DELETE', headers: tus })).status === 204);
    await answer;
    expect((await head(address)).status).toBe(404);
  });
});

describe('a chunk store that is full', () => {
  let isFull = false;
  const filling = (disk: ChunkStore): ChunkStore => ({
    ...disk,
    put: (chunk) => (isFull ? Promise.reject(new StorageFull()) : disk.put(chunk)),
    putMany: (chunks) => (isFull ? Promise.reject(new StorageFull()) : disk.putMany(chunks)),
  });

  test('refuses with 507, keeps the upload, and goes on when there is room', async () => {
    await region.close();
    region = await openWritingRegion({ folder: temporary.folder, chunks: filling });
    const bytes = bytesOf(30_000_000, 27);
    const address = await createUpload(region, { length: bytes.length });
    await patch(address, { offset: 0, body: bytes.subarray(0, 7_000_000) });
    isFull = true;
    const response = await patch(address, { offset: 7_000_000, body: bytes.subarray(7_000_000) });
    expect([response.status, await codeOf(response)]).toEqual([507, 'storage-full']);
    expect(await offsetOf(address)).toBe(7_000_000);
    expect(await entryAt(region, '/file')).toBeNull();
    isFull = false;
    expect((await patch(address, { offset: 7_000_000, body: bytes.subarray(7_000_000) })).status).toBe(204);
    expect((await contentAt(region, '/file'))?.equals(bytes)).toBe(true);
  });
});

test('a commit that is refused leaves the upload whole, and it can be completed later', async () => {
  const bytes = bytesOf(1_500_000, 28);
  const address = await createUpload(region, { length: bytes.length, meta: { space, path: '/taken/file' } });
  await patch(address, { offset: 0, body: bytes.subarray(0, 1_000_000) });
  const url = `${region.url}/files/demo/taken`;
  await fetch(url, { method: 'PUT', headers: tus, body: 'a file where the folder should be' });
  expect(await codeOf(await patch(address, { offset: 1_000_000, body: bytes.subarray(1_000_000) }))).toBe('not-a-folder');
  expect((await head(address)).status).toBe(409);
  await fetch(url, { method: 'DELETE', headers: tus });
  expect(await offsetOf(address)).toBe(bytes.length);
  expect((await contentAt(region, '/taken/file'))?.equals(bytes)).toBe(true);
});
