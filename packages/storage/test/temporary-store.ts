import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegionStore } from '@jzse/db/region';
import type { Hash } from '@jzse/sync';
import { openDiskChunkStore } from '../src/index.ts';
import type { ChunkStoreFixture } from '../src/testing/index.ts';

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'jzse-chunks-'));

/** A disk store over a real region store in `folder`. */
export async function openStoreIn(folder: string) {
  const region = openRegionStore({ file: join(folder, 'region.db'), nowMs: Date.now });
  const damagedHashes: Hash[] = [];
  const store = await openDiskChunkStore({
    folder: join(folder, 'chunks'),
    index: region.chunkIndex,
    onDamaged: (hash) => damagedHashes.push(hash),
  });
  return { region, store, damagedHashes };
}

export async function openDiskFixture(): Promise<ChunkStoreFixture & { readonly folder: string }> {
  const folder = temporaryFolder();
  const { region, store, damagedHashes } = await openStoreIn(folder);
  return {
    folder,
    store,
    damagedHashes,
    damage: async (hash) => {
      const row = region.chunkIndex.lookup(hash);
      if (row === null) throw new Error(`no chunk ${hash}`);
      if (row.inline === null) return damageFile(chunkFile(folder, hash));
      await region.chunkIndex.remove([hash]);
      await region.chunkIndex.add([{ ...row, inline: flipped(row.inline) }]);
    },
    release: (hashes) => region.chunkIndex.remove(hashes),
    close: async () => {
      await region.close();
      rmSync(folder, { recursive: true });
    },
  };
}

export const chunkFile = (folder: string, hash: Hash): string => join(folder, 'chunks', hash.slice(0, 2), hash.slice(2));
export const namesIn = (...path: string[]): string[] => readdirSync(join(...path));

const damageFile = (file: string): void => writeFileSync(file, flipped(readFileSync(file)));

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes);
  const at = Math.floor(copy.length / 2);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
