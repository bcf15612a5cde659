import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { JzseError } from '@jzse/api';
import { chunkOf } from '@jzse/storage/testing';
import type { Hash } from '@jzse/sync';
import { encodeManifest } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { streamChunks } from '../../src/read/stream-chunks.ts';
import { cutContent, openReadingRegion, type ReadingRegion, space, type TestContent, token } from './reading-region.ts';

let region: ReadingRegion;
beforeEach(async () => {
  region = await openReadingRegion();
});
afterEach(() => region.close());

const far = (content: TestContent): void => {
  for (const chunk of content.manifest === null ? content.chunks : [...content.chunks, content.manifest])
    region.elsewhere.set(chunk.hash, chunk);
};
const body = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

describe('what is not held here', () => {
  test('streams through, chunks and manifest, and is here afterwards', async () => {
    const content = cutContent(randomBytes(3_000_000), [100_000]);
    far(content);
    await region.createFile('far.bin', content, { isKnown: false });
    expect((await body(await region.get('/files/demo/far.bin'))).equals(content.bytes)).toBe(true);
    expect(await region.chunks.missing(content.chunks.map((chunk) => chunk.hash))).toEqual([]);
    expect(Math.max(...region.brought.map((hashes) => hashes.length))).toBeLessThanOrEqual(16);
    expect(region.brought.length).toBeLessThan(12);
    region.elsewhere.clear();
    expect((await body(await region.get('/files/demo/far.bin'))).equals(content.bytes)).toBe(true);
  });

  test('a range brings only the chunks that it touches', async () => {
    const content = cutContent(randomBytes(3_000_000), [100_000]);
    far(content);
    await region.createFile('far.bin', content);
    const response = await region.get('/files/demo/far.bin', { headers: { range: 'bytes=250000-420000' } });
    expect((await body(response)).equals(content.bytes.subarray(250_000, 420_001))).toBe(true);
    expect(region.brought.flat().sort()).toEqual(
      content.chunks
        .slice(2, 5)
        .map((chunk) => chunk.hash)
        .sort(),
    );
  });

  test('only what lacks between held chunks is brought', async () => {
    const content = cutContent(randomBytes(2_000_000), [100_000]);
    far(content);
    await region.createFile('half.bin', content);
    await region.chunks.putMany(content.chunks.filter((_, at) => at % 2 === 0));
    expect((await body(await region.get('/files/demo/half.bin'))).equals(content.bytes)).toBe(true);
    expect(new Set(region.brought.flat())).toEqual(new Set(content.chunks.filter((_, at) => at % 2 === 1).map((chunk) => chunk.hash)));
  });

  test('and nobody has, is refused before a byte is sent', async () => {
    const content = cutContent(randomBytes(300_000), [100_000]);
    await region.createFile('lost.bin', content, { isKnown: false });
    for (const name of ['lost.bin', 'known.bin']) {
      if (name === 'known.bin') await region.createFile(name, content);
      const response = await region.get(`/files/demo/${name}`);
      expect([response.status, await response.json()]).toMatchObject([503, { code: 'content-unavailable', retryable: true }]);
    }
  });

  test('and stops coming, cuts the answer short of its length', async () => {
    const content = cutContent(randomBytes(3_000_000), [100_000]);
    far(content);
    region.elsewhere.delete(content.chunks[25]?.hash as Hash);
    await region.createFile('cut.bin', content);
    await expect(region.get('/files/demo/cut.bin').then(body)).rejects.toThrow();
  });

  test('a manifest that does not add up is not believed', async () => {
    const content = cutContent(randomBytes(300_000), [100_000]);
    const wrong = chunkOf(encodeManifest(content.list.slice(1)));
    await region.putChunks(content);
    await region.chunks.put(wrong);
    await region.createFile('wrong.bin', { ...content, content: { ...content.content, manifest: wrong.hash } }, { isKnown: false });
    const response = await region.get('/files/demo/wrong.bin');
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'content-unavailable' }]);
  });
});

describe('a damaged chunk', () => {
  test('is never served: it is brought again, and is whole afterwards', async () => {
    const content = cutContent(randomBytes(900_000), [100_000]);
    await region.putChunks(content);
    far(content);
    await region.createFile('hurt.bin', content);
    const hurt = content.chunks[4]?.hash as Hash;
    region.damage(hurt);
    expect((await body(await region.get('/files/demo/hurt.bin'))).equals(content.bytes)).toBe(true);
    expect(region.damaged).toEqual([hurt]);
    expect(region.brought.flat()).toEqual([hurt]);
    expect((await body(await region.get('/files/demo/hurt.bin'))).equals(content.bytes)).toBe(true);
  });

  test('that nobody else has is an error, not bytes', async () => {
    const content = cutContent(randomBytes(100_000), [200_000]);
    await region.putChunks(content);
    await region.createFile('gone.bin', content);
    region.damage(content.content.hash);
    const response = await region.get('/files/demo/gone.bin');
    expect([response.status, await response.json()]).toMatchObject([503, { code: 'content-unavailable' }]);
  });
});

describe('a path that is not known here', () => {
  const content = cutContent(Buffer.from('from afar'), [100]);
  const answer = { content: content.content, version: 'shanghai:1/7', name: 'New.txt', mediaType: null, modifiedMs: 5, sources: [] };

  test('is read when the hub knows it', async () => {
    far(content);
    const asked: unknown[] = [];
    region.hub.resolve = async (...question) => {
      asked.push(question);
      return answer;
    };
    const response = await region.get('/files/demo/new.txt');
    expect([response.status, await response.text(), response.headers.get('etag')]).toEqual([200, 'from afar', '"shanghai:1/7"']);
    expect(asked).toEqual([[space, '/new.txt']]);
    expect((await region.get('/files/demo/new.txt?version=shanghai:1/7')).status).toBe(200);
    expect((await region.get('/files/demo/new.txt?version=shanghai:1/8')).status).toBe(404);
  });

  test.each([
    ['away', () => Promise.reject(new JzseError('hub-unreachable', 'gone'))],
    ['silent', () => new Promise<never>(() => {})],
  ])('is not known here yet while the hub is %s', async (_how, resolve) => {
    region.hub.resolve = resolve;
    const response = await region.get('/files/demo/new.txt');
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'not-known-here-yet', retryable: true }]);
  });

  test('and was deleted here, is not read from the hub that has not heard of it', async () => {
    far(content);
    region.hub.resolve = async () => answer;
    const id = await region.createFile('new.txt', content);
    await region.deleteFile(id);
    const response = await region.get('/files/demo/new.txt');
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'not-known-here-yet' }]);
  });
});

describe('a client that goes away', () => {
  test('ends the reads', async () => {
    const content = cutContent(randomBytes(20_000_000), [500_000]);
    await region.putChunks(content);
    await region.createFile('long.bin', content);
    let reads = 0;
    const get = region.deps.chunks.get;
    region.deps.chunks.get = (hash) => {
      reads++;
      return get(hash);
    };
    const asked = request({
      host: '127.0.0.1',
      port: region.port,
      path: '/files/demo/long.bin',
      headers: { authorization: `Bearer ${token}` },
    });
    asked.on('error', () => {});
    asked.end();
    const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
    await once(response, 'readable');
    asked.destroy();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(reads).toBeLessThan(content.chunks.length);
  });

  test('read ahead is bounded while nobody takes the bytes', async () => {
    const content = cutContent(randomBytes(20_000_000), [500_000]);
    await region.putChunks(content);
    let reads = 0;
    const get = (hash: Hash) => {
      reads++;
      return region.chunks.get(hash);
    };
    const stream = streamChunks(
      { chunks: { get }, missing: region.deps.missing },
      { space, content: content.content, chunks: content.list, range: { start: 0, end: 20_000_000 }, signal: new AbortController().signal },
    );
    await stream.next();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(reads).toBeLessThanOrEqual(8);
    await stream.return();
  });
});
