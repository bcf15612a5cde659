import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ChunkStore } from '../src/index.ts';
import { ChunkHashMismatch, limitChunkStore, verifyChunkStore } from '../src/index.ts';
import { chunkOf, describeChunkStore, openMemoryChunkStore, randomChunk, textChunk } from '../src/testing/index.ts';
import { chunkFile, namesIn, openDiskFixture, openStoreIn } from './temporary-store.ts';

const openMemoryFixture = async () => {
  const damagedHashes: Hash[] = [];
  const store = openMemoryChunkStore({ onDamaged: (hash) => damagedHashes.push(hash) });
  return {
    store,
    damagedHashes,
    damage: async (hash: Hash) => store.damage(hash),
    release: async (hashes: readonly Hash[]) => store.release(hashes),
    close: async () => {},
  };
};

describeChunkStore('memory', openMemoryFixture);
describeChunkStore('disk', openDiskFixture);
describeChunkStore('disk, limited and verified', async () => {
  const fixture = await openDiskFixture();
  return { ...fixture, store: verifyChunkStore(limitChunkStore(fixture.store, { inFlightBytesMax: 1_000_000 })) };
});

describe('disk chunk store', () => {
  let fixture: Awaited<ReturnType<typeof openDiskFixture>>;
  beforeEach(async () => {
    fixture = await openDiskFixture();
  });
  afterEach(() => fixture.close());

  test('compresses what gains by it, and nothing else', async () => {
    const [random, text] = [randomChunk(500_000), textChunk(500_000)];
    await fixture.store.putMany([random, text]);
    expect(statSync(chunkFile(fixture.folder, random.hash)).size).toBe(500_000);
    expect(statSync(chunkFile(fixture.folder, text.hash)).size).toBeLessThan(400_000);
  });

  test('keeps small chunks out of the folder', async () => {
    const small = randomChunk(65_536);
    await fixture.store.put(small);
    expect(existsSync(chunkFile(fixture.folder, small.hash))).toBe(false);
  });

  test('moves a damaged file to quarantine', async () => {
    const chunk = randomChunk(100_000);
    await fixture.store.put(chunk);
    await fixture.damage(chunk.hash);
    await fixture.store.get(chunk.hash);
    expect(existsSync(chunkFile(fixture.folder, chunk.hash))).toBe(false);
    expect(namesIn(fixture.folder, 'chunks', 'quarantine')).toEqual([chunk.hash]);
  });

  test('takes a file that is gone, cut short or empty for damage', async () => {
    const [gone, short, emptied] = [randomChunk(100_000), randomChunk(100_000), textChunk(100_000)];
    await fixture.store.putMany([gone, short, emptied]);
    rmSync(chunkFile(fixture.folder, gone.hash));
    writeFileSync(chunkFile(fixture.folder, short.hash), short.bytes.subarray(0, 99_999));
    writeFileSync(chunkFile(fixture.folder, emptied.hash), '');
    for (const chunk of [gone, short, emptied]) expect(await fixture.store.get(chunk.hash)).toBeNull();
    expect(fixture.damagedHashes).toEqual([gone.hash, short.hash, emptied.hash]);
  });

  test('refuses a compressed file that unpacks to more than the chunk', async () => {
    const [small, bomb] = [textChunk(100_000), textChunk(4_000_000)];
    await fixture.store.putMany([small, bomb]);
    writeFileSync(chunkFile(fixture.folder, small.hash), readFileSync(chunkFile(fixture.folder, bomb.hash)));
    expect(await fixture.store.get(small.hash)).toBeNull();
  });

  test('removes temporary files of an earlier life when it is opened', async () => {
    writeFileSync(join(fixture.folder, 'chunks', 'incoming', 'left.1'), 'half');
    const again = await openStoreIn(fixture.folder);
    expect(namesIn(fixture.folder, 'chunks', 'incoming')).toEqual([]);
    await again.region.close();
  });
});

describe('wrappers', () => {
  test('bytes that are not what their name says are not stored', async () => {
    const store = verifyChunkStore(openMemoryChunkStore());
    const [good, other] = [randomChunk(10), randomChunk(10)];
    await expect(store.putMany([good, { hash: other.hash, bytes: good.bytes }])).rejects.toThrow(ChunkHashMismatch);
    expect(await store.missing([good.hash, other.hash])).toEqual([good.hash, other.hash]);
  });

  test('bytes under way are bounded, and calls go on in order', async () => {
    let bytesNow = 0;
    let bytesMost = 0;
    const slow: ChunkStore = {
      ...openMemoryChunkStore(),
      put: async ({ bytes }) => {
        bytesNow += bytes.length;
        bytesMost = Math.max(bytesMost, bytesNow);
        await new Promise((resolve) => setImmediate(resolve));
        bytesNow -= bytes.length;
      },
    };
    const store = limitChunkStore(slow, { inFlightBytesMax: 1000 });
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, at) => {
        await store.put(chunkOf(Buffer.alloc(at === 25 ? 5000 : 300, at)));
        order.push(at);
      }),
    );
    expect(order).toEqual(Array.from({ length: 50 }, (_, at) => at));
    expect(bytesMost).toBe(5000);
  });
});
