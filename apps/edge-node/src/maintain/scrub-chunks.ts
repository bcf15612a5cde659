import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChunkStore } from '@jzse/storage';
import { type Hash, isHash } from '@jzse/sync';
import { sleep } from './sleep.ts';

export interface ScrubDeps {
  readonly chunks: Pick<ChunkStore, 'get' | 'remove'>;
  readonly index: { hashesAfter(after: Hash | null, limit: number): readonly Hash[]; lookup(hash: Hash): object | null };
  /** Of the chunk store: files are `ab/cdef…` in it. */
  readonly folder: string;
  readonly bytesPerSecondMax?: number;
}
export interface Scrubbed {
  /** Read whole and compared with their names. */
  readonly verified: number;
  /** Damaged or gone: set aside by the store, which tells whoever heals. */
  readonly damaged: number;
  /** Files that no row names any more. */
  readonly strays: number;
}

const defaultBytesPerSecondMax = 4 * 1024 * 1024;
const hashesPerStepMax = 200;
/** A chunk costs at least so much of the rate, so that many small ones do not keep the processor busy. */
const chunkBytesMin = 16 * 1024;
/** Pauses shorter than this are added up. */
const pauseMsMin = 50;

/** One slow walk over all that is stored: what rotted is found before somebody asks for it, and files that a crash left are removed. */
export async function scrubChunks(deps: ScrubDeps, signal: AbortSignal): Promise<Scrubbed> {
  const { verified, damaged } = await verifyRows(deps, signal);
  return { verified, damaged, strays: await removeStrays(deps, signal) };
}

async function verifyRows(deps: ScrubDeps, signal: AbortSignal): Promise<Omit<Scrubbed, 'strays'>> {
  const rate = createRate(deps.bytesPerSecondMax ?? defaultBytesPerSecondMax, signal);
  let verified = 0;
  let damaged = 0;
  let after: Hash | null = null;
  while (!signal.aborted) {
    const hashes: readonly Hash[] = deps.index.hashesAfter(after, hashesPerStepMax);
    for (const hash of hashes) {
      if (signal.aborted) break;
      const bytes = await deps.chunks.get(hash);
      if (bytes === null) damaged++;
      else verified++;
      await rate.spend(Math.max(chunkBytesMin, bytes?.length ?? 0));
    }
    after = hashes.at(-1) ?? null;
    if (hashes.length < hashesPerStepMax) break;
  }
  return { verified, damaged };
}

/** A folder at a time. The store removes a file only if no row has come meanwhile. */
async function removeStrays({ chunks, index, folder }: ScrubDeps, signal: AbortSignal): Promise<number> {
  let strays = 0;
  for (let byte = 0; byte < 256 && !signal.aborted; byte++) {
    const prefix = byte.toString(16).padStart(2, '0');
    const names = await readdir(join(folder, prefix));
    const unnamed = names
      .map((name) => `${prefix}${name}`)
      .filter((name): name is Hash => isHash(name) && index.lookup(name as Hash) === null);
    if (unnamed.length > 0) await chunks.remove(unnamed);
    strays += unnamed.length;
    await sleep(0, signal);
  }
  return strays;
}

/** Waits often enough that no more is spent in a second than allowed. */
function createRate(perSecondMax: number, signal: AbortSignal): { spend(bytes: number): Promise<void> } {
  let owedMs = 0;
  return {
    spend: async (bytes) => {
      owedMs += (bytes / perSecondMax) * 1000;
      if (owedMs < pauseMsMin) return;
      await sleep(owedMs, signal);
      owedMs = 0;
    },
  };
}
