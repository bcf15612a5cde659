import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Hash } from '@jzse/sync';

/**
 * Files `ab/cdef…` named by hash, and how one comes to be there whole or not at all. The callback
 * functions of node:fs: with 2,000 files a GiB, a FileHandle for each costs a third more of the processor.
 */
export interface ChunkFiles {
  /** Temporary name, write, flush, rename. Its folder is not flushed yet. On failure nothing stays. */
  write(hash: Hash, bytes: Uint8Array): Promise<void>;
  /** Null if there is no such file. `size` is its length if that is known. */
  read(hash: Hash, size: number | null): Promise<Uint8Array | null>;
  /** Absent ones are fine. */
  remove(hash: Hash): Promise<void>;
  /** Moves a damaged file to `quarantine/`, for people to look at. Absent ones are fine. */
  quarantine(hash: Hash): Promise<void>;
  folderOf(hash: Hash): string;
  flushFolder(folder: string): Promise<void>;
}

const open = promisify(fs.open);
const close = promisify(fs.close);
const fdatasync = promisify(fs.fdatasync);
const fsync = promisify(fs.fsync);
const rename = promisify(fs.rename);
const unlink = promisify(fs.unlink);
const readFile = promisify(fs.readFile);

/** Makes the folders that are missing and removes what an earlier life left in `incoming/`. */
export async function openChunkFiles(root: string): Promise<ChunkFiles> {
  const incoming = join(root, 'incoming');
  const quarantined = join(root, 'quarantine');
  await fs.promises.rm(incoming, { recursive: true, force: true });
  // People's content: nobody else on the machine may read it.
  fs.mkdirSync(root, { recursive: true, mode: 0o700 });
  for (const folder of [incoming, quarantined]) fs.mkdirSync(folder, { recursive: true });
  for (let byte = 0; byte < 256; byte++) fs.mkdirSync(join(root, byte.toString(16).padStart(2, '0')), { recursive: true });
  await flushFolder(root);

  const folderOf = (hash: Hash): string => join(root, hash.slice(0, 2));
  const fileOf = (hash: Hash): string => join(root, hash.slice(0, 2), hash.slice(2));
  let temporaryNames = 0;
  return {
    write: async (hash, bytes) => {
      const temporary = join(incoming, `${hash}.${++temporaryNames}`);
      try {
        await writeFlushed(temporary, bytes);
        await rename(temporary, fileOf(hash));
      } catch (cause) {
        await ignoringAbsence(unlink(temporary));
        throw cause;
      }
    },
    read: (hash, size) => ignoringAbsence(size === null ? readFile(fileOf(hash)) : readExactly(fileOf(hash), size)),
    remove: async (hash) => void (await ignoringAbsence(unlink(fileOf(hash)))),
    quarantine: async (hash) => void (await ignoringAbsence(rename(fileOf(hash), join(quarantined, hash)))),
    folderOf,
    flushFolder,
  };
}

async function writeFlushed(file: string, bytes: Uint8Array): Promise<void> {
  const descriptor = await open(file, 'wx');
  try {
    for (let at = 0; at < bytes.length; ) at += await writeSome(descriptor, bytes, at);
    await fdatasync(descriptor);
  } finally {
    await close(descriptor);
  }
}

/** A file shorter than `size` is returned as short as it is. */
async function readExactly(file: string, size: number): Promise<Uint8Array> {
  const descriptor = await open(file, 'r');
  try {
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (let read = -1; at < size && read !== 0; at += read) read = await readSome(descriptor, bytes, at);
    return at === size ? bytes : bytes.subarray(0, at);
  } finally {
    fs.closeSync(descriptor);
  }
}

const writeSome = (descriptor: number, bytes: Uint8Array, at: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.write(descriptor, bytes, at, bytes.length - at, at, (cause, written) => (cause === null ? resolve(written) : reject(cause)));
  });

const readSome = (descriptor: number, bytes: Uint8Array, at: number): Promise<number> =>
  new Promise((resolve, reject) => {
    fs.read(descriptor, bytes, at, bytes.length - at, at, (cause, read) => (cause === null ? resolve(read) : reject(cause)));
  });

async function flushFolder(folder: string): Promise<void> {
  const descriptor = fs.openSync(folder, 'r');
  try {
    await fsync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

async function ignoringAbsence<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return null;
    throw cause;
  }
}
