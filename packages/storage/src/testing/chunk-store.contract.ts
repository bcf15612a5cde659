import { hash as digest, randomBytes } from 'node:crypto';
import type { Hash } from '@jzse/sync';
import { chunkSizes } from '@jzse/sync';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Chunk, ChunkStore } from '../chunk-store.ts';

/** A store under test, with what only a test does to it. */
export interface ChunkStoreFixture {
  readonly store: ChunkStore;
  /** Hashes that `onDamaged` was told, in order. */
  readonly damagedHashes: readonly Hash[];
  /** Changes a stored byte behind the store's back. */
  damage(hash: Hash): Promise<void>;
  /** What garbage collection does in the index before it calls `remove`. */
  release(hashes: readonly Hash[]): Promise<void>;
  close(): Promise<void>;
}

export const chunkOf = (bytes: Uint8Array): Chunk => ({ hash: digest('sha256', bytes) as Hash, bytes });
export const randomChunk = (size: number): Chunk => chunkOf(randomBytes(size));
/** Looks like text: zstd makes it smaller. */
export const textChunk = (size: number): Chunk => {
  const lines = Array.from({ length: Math.ceil(size / 16) }, () => `row ${randomBytes(4).toString('hex')};\n`).join('');
  return chunkOf(Buffer.from(lines).subarray(0, size));
};

const sizes = {
  empty: 0,
  'one byte': 1,
  small: 4096,
  'at the inline limit': 65_536,
  'a file': 65_537,
  'the largest chunk': chunkSizes.max,
};

/** The promises of `ChunkStore`; every implementation is run against them. */
export function describeChunkStore(name: string, open: () => Promise<ChunkStoreFixture>): void {
  describe(`chunk store contract: ${name}`, () => {
    let fixture: ChunkStoreFixture;
    let store: ChunkStore;
    beforeEach(async () => {
      fixture = await open();
      store = fixture.store;
    });
    afterEach(() => fixture.close());

    const expectHeld = async (chunk: Chunk): Promise<void> => {
      const bytes = await store.get(chunk.hash);
      expect(bytes !== null && Buffer.compare(bytes, chunk.bytes) === 0).toBe(true);
    };

    for (const [what, size] of Object.entries(sizes)) {
      test(`gives back what was put: ${what}`, async () => {
        for (const chunk of [randomChunk(size), textChunk(size)]) {
          await store.put(chunk);
          await expectHeld(chunk);
        }
      });
    }

    test('takes a manifest that is larger than any chunk of a file', async () => {
      const manifest = randomChunk(chunkSizes.max * 2 + 8);
      await store.put(manifest);
      await expectHeld(manifest);
    });

    test('takes many at once, small and large, some twice', async () => {
      const chunks = Array.from({ length: 40 }, (_, at) => randomChunk(at % 4 === 0 ? 100_000 : 1000 + at));
      await store.putMany([...chunks, ...chunks.slice(0, 5)]);
      for (const chunk of chunks) await expectHeld(chunk);
      await store.putMany([]);
    });

    test('says what is missing, in the order asked', async () => {
      const [held, absent, large] = [randomChunk(10), randomChunk(10), randomChunk(200_000)];
      await store.putMany([held, large]);
      const other = randomChunk(11);
      expect(await store.missing([absent.hash, held.hash, other.hash, large.hash])).toEqual([absent.hash, other.hash]);
      expect(await store.get(absent.hash)).toBeNull();
      expect(fixture.damagedHashes).toEqual([]);
    });

    test('takes the same chunk from many callers at once', async () => {
      for (const chunk of [randomChunk(1000), randomChunk(300_000)]) {
        await Promise.all(Array.from({ length: 20 }, () => store.put(chunk)));
        await expectHeld(chunk);
      }
    });

    test('does not keep the memory that the caller goes on using', async () => {
      for (const size of [1000, 100_000]) {
        const chunk = randomChunk(size);
        const memory = Uint8Array.from(chunk.bytes);
        await store.put({ hash: chunk.hash, bytes: memory });
        memory.fill(0);
        await expectHeld(chunk);
      }
    });

    test('takes memory that threads share', async () => {
      for (const chunk of [randomChunk(3000), textChunk(30_000), randomChunk(300_000), textChunk(300_000)]) {
        const shared = new Uint8Array(new SharedArrayBuffer(chunk.bytes.length + 100), 50, chunk.bytes.length);
        shared.set(chunk.bytes);
        await store.put({ hash: chunk.hash, bytes: shared });
        await expectHeld(chunk);
      }
    });

    test('never serves a damaged chunk, tells once, and takes it again', async () => {
      for (const chunk of [randomChunk(2000), textChunk(40_000), randomChunk(300_000), textChunk(300_000)]) {
        await store.put(chunk);
        await fixture.damage(chunk.hash);
        expect(await Promise.all([store.get(chunk.hash), store.get(chunk.hash)])).toEqual([null, null]);
        expect(fixture.damagedHashes.filter((hash) => hash === chunk.hash)).toHaveLength(1);
        expect(await store.missing([chunk.hash])).toEqual([chunk.hash]);
        await store.put(chunk);
        await expectHeld(chunk);
      }
    });

    test('removes what was released; absent ones are fine', async () => {
      const chunks = [randomChunk(100), randomChunk(100_000)];
      const hashes = chunks.map((chunk) => chunk.hash);
      await store.putMany(chunks);
      await fixture.release(hashes);
      await store.remove(hashes);
      await store.remove(hashes);
      expect(await store.missing(hashes)).toEqual(hashes);
      for (const hash of hashes) expect(await store.get(hash)).toBeNull();
    });

    test('keeps what was put again between release and removal', async () => {
      const chunks = [randomChunk(100), randomChunk(100_000)];
      const hashes = chunks.map((chunk) => chunk.hash);
      await store.putMany(chunks);
      await fixture.release(hashes);
      await Promise.all([store.putMany(chunks), store.remove(hashes), store.putMany(chunks)]);
      await store.remove(hashes);
      for (const chunk of chunks) await expectHeld(chunk);
    });
  });
}
