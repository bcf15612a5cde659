import { hash as digest } from 'node:crypto';
import type { Hash } from '@jzse/sync';
import type { ChunkFiles } from './chunk-files.ts';
import type { ChunkIndex, ChunkRow } from './chunk-store.ts';
import { asStorageFull } from './disk-full.ts';
import { decodeChunk, decodeChunkSync } from './encode-chunk.ts';
import type { Turns } from './turns.ts';

export interface ReadDeps {
  readonly index: ChunkIndex;
  readonly files: ChunkFiles;
  readonly turns: Turns;
  readonly onDamaged: (hash: Hash) => void;
}

/** `ChunkStore.get`: bytes that hash to the name, or null after what was damaged is out of the way. */
export function createReadVerified(deps: ReadDeps): (hash: Hash) => Promise<Uint8Array | null> {
  return async (hash) => {
    const row = deps.index.lookup(hash);
    if (row === null) return null;
    return (await load(deps.files, row)) ?? (await deps.turns.alone(hash, () => setAside(deps, hash)));
  };
}

/** Looks once more: the chunk may have been collected, or put anew, since the first look. */
async function setAside({ index, files, onDamaged }: ReadDeps, hash: Hash): Promise<Uint8Array | null> {
  const row = index.lookup(hash);
  if (row === null) return null;
  const bytes = await load(files, row);
  if (bytes !== null) return bytes;
  await files.quarantine(hash);
  try {
    await index.remove([hash]);
  } catch (cause) {
    throw asStorageFull(cause);
  }
  onDamaged(hash);
  return null;
}

/** Null: not there, not decodable, or not what the name says. */
async function load(files: ChunkFiles, row: ChunkRow): Promise<Uint8Array | null> {
  try {
    const bytes =
      row.inline === null ? await loadFile(files, row) : decodeChunkSync({ encoding: row.encoding, bytes: row.inline }, row.size);
    return bytes !== null && digest('sha256', bytes) === row.hash ? bytes : null;
  } catch (cause) {
    if (isDamage(cause)) return null;
    throw cause;
  }
}

async function loadFile(files: ChunkFiles, row: ChunkRow): Promise<Uint8Array | null> {
  const stored = await files.read(row.hash, row.encoding === 'plain' ? row.size : null);
  return stored === null ? null : await decodeChunk({ encoding: row.encoding, bytes: stored }, row.size);
}

/** A sector that cannot be read, or bytes that zstd cannot make sense of: cut short, too long, no zstd. */
const isDamage = (cause: unknown): boolean => cause instanceof Error && 'code' in cause && damageCodes.test(String(cause.code));
const damageCodes = /^(EIO|ERR_BUFFER_TOO_LARGE|Z_BUF_ERROR|ZSTD_.+)$/;
