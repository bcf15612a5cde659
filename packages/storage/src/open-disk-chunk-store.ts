import type { Hash } from '@jzse/sync';
import { createBudget } from './budget.ts';
import type { ChunkFiles } from './chunk-files.ts';
import { openChunkFiles } from './chunk-files.ts';
import type { Chunk, ChunkIndex, ChunkRow, ChunkStore } from './chunk-store.ts';
import { asStorageFull } from './disk-full.ts';
import { encodeChunk, encodeChunkSync } from './encode-chunk.ts';
import { createReadVerified } from './read-verified.ts';
import { createSealRounds } from './seal-rounds.ts';
import { createTurns } from './turns.ts';

export interface DiskChunkStoreOptions {
  /** Made if absent. Files are `ab/cdef…` in it; `incoming/` is for temporary names, `quarantine/` for damaged files. */
  readonly folder: string;
  readonly index: ChunkIndex;
  /** Told once for each damaged or vanished chunk, after its row is gone. */
  readonly onDamaged: (hash: Hash) => void;
  /** Chunks up to this size are rows of the index instead of files. */
  readonly inlineBytesMax?: number;
  /** Files that are written and flushed at one time. */
  readonly flushesMax?: number;
}

const defaults = { inlineBytesMax: 65_536, flushesMax: 8 };

/**
 * Chunks on the local disk. Order of durability: file flushed → renamed → folder flushed → row committed.
 * A row therefore never names a file that is not whole; a crash leaves at most a file without a row,
 * which the next put of that chunk replaces. One process at a time may open a folder.
 */
export async function openDiskChunkStore({ folder, ...options }: DiskChunkStoreOptions): Promise<ChunkStore> {
  return createDiskChunkStore({ ...options, files: await openChunkFiles(folder) });
}

/** The same over whatever keeps the files. */
export function createDiskChunkStore(options: Omit<DiskChunkStoreOptions, 'folder'> & { readonly files: ChunkFiles }): ChunkStore {
  const { index, files, inlineBytesMax, flushesMax } = { ...defaults, ...options };
  const flushes = createBudget(flushesMax);
  const rounds = createSealRounds({ flushFolder: files.flushFolder, addRows: (rows) => index.add(rows) });
  const turns = createTurns();
  const readVerified = createReadVerified({ index, files, turns, onDamaged: options.onDamaged });

  const writeRows = async (chunks: readonly Chunk[]): Promise<void> => {
    if (chunks.length > 0) await index.add(chunks.map(inlineRow));
  };
  const writeFile = async ({ hash, bytes }: Chunk): Promise<void> => {
    const giveBack = await flushes.take(1);
    const written = rounds.announce();
    let sealed: Promise<void>;
    try {
      const encoded = await encodeChunk(bytes);
      await files.write(hash, encoded.bytes);
      sealed = rounds.seal({ folder: files.folderOf(hash), row: { hash, size: bytes.length, encoding: encoded.encoding, inline: null } });
    } finally {
      written();
      giveBack();
    }
    try {
      await sealed;
    } catch (cause) {
      await files.remove(hash);
      throw cause;
    }
  };
  const writeAbsent = async (chunks: readonly Chunk[]): Promise<void> => {
    const absent = new Set(await index.renew(chunks.map((chunk) => chunk.hash)));
    const wanted = chunks.filter((chunk) => absent.has(chunk.hash));
    const isSmall = (chunk: Chunk): boolean => chunk.bytes.length <= inlineBytesMax;
    await allOf([writeRows(wanted.filter(isSmall)), ...wanted.filter((chunk) => !isSmall(chunk)).map(writeFile)]);
  };
  const putMany = (chunks: readonly Chunk[]): Promise<void> => turns.write(chunks, writeAbsent);
  const removeReleased = async (hash: Hash): Promise<void> => {
    if (index.lookup(hash) === null) await files.remove(hash);
  };
  return {
    put: (chunk) => putMany([chunk]),
    putMany,
    get: readVerified,
    missing: (hashes) => index.renew(hashes).catch(rethrowFull),
    remove: async (hashes) => {
      await allOf(hashes.map((hash) => turns.alone(hash, () => removeReleased(hash))));
    },
  };
}

function inlineRow({ hash, bytes }: Chunk): ChunkRow {
  const encoded = encodeChunkSync(bytes);
  return { hash, size: bytes.length, encoding: encoded.encoding, inline: encoded.bytes };
}

/** Waits for all, then throws the first failure: nothing goes on behind the caller's back. */
async function allOf(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
  if (failed !== undefined) rethrowFull(failed.reason);
}

function rethrowFull(cause: unknown): never {
  throw asStorageFull(cause);
}
