import type { Hash } from '@jzse/sync';
import type { ChunkFiles } from '../../../packages/storage/src/chunk-files.ts';
import type { SeededRandom } from '../core/seeded-random.ts';
import type { Life, SimNode } from './sim-node.ts';

interface SimFile {
  readonly bytes: Uint8Array;
  /** Its bytes survive a power cut. */
  readonly isFlushed: boolean;
  /** Its name does. */
  readonly isNamed: boolean;
}

/** The files of a machine's chunk store. What was not flushed may be gone, or half there, after a crash. */
export interface SimDisk {
  /** As the process `life` sees it. */
  filesFor(life: Life): ChunkFiles;
  /** What a power cut leaves. */
  crash(): void;
  copy(): ReadonlyMap<Hash, Uint8Array>;
  restore(copy: ReadonlyMap<Hash, Uint8Array>): void;
  read(hash: Hash): Uint8Array | null;
}

export interface SimDiskOptions {
  readonly node: SimNode;
  readonly random: SeededRandom;
  /** A fault: bytes are flushed so long after the store was told that they are. */
  readonly flushLateMs: number;
}

const slowMsMax = 15;

export function createDisk({ node, random, flushLateMs }: SimDiskOptions): SimDisk {
  let files = new Map<Hash, SimFile>();
  const change = (hash: Hash, by: Partial<SimFile>): void => {
    const file = files.get(hash);
    if (file !== undefined) files.set(hash, { ...file, ...by });
  };
  const put = async (hash: Hash, bytes: Uint8Array): Promise<void> => {
    if (node.isDiskFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    files.set(hash, { bytes: Uint8Array.from(bytes), isFlushed: flushLateMs === 0, isNamed: false });
    if (flushLateMs > 0) setTimeout(() => change(hash, { isFlushed: true }), flushLateMs);
  };
  return {
    filesFor: (life) => ({
      write: async (hash, bytes) => {
        await life.point(slowMsMax);
        await put(hash, bytes);
        await life.point(slowMsMax);
      },
      read: async (hash) => {
        await life.point(slowMsMax);
        const file = files.get(hash);
        return file === undefined ? null : Uint8Array.from(file.bytes);
      },
      remove: async (hash) => {
        await life.point(slowMsMax);
        files.delete(hash);
      },
      quarantine: async (hash) => void files.delete(hash),
      folderOf: (hash) => hash.slice(0, 2),
      flushFolder: async (folder) => {
        await life.point(slowMsMax);
        for (const hash of files.keys()) if (hash.startsWith(folder)) change(hash, { isNamed: true });
        await life.point(slowMsMax);
      },
    }),
    crash: () => {
      for (const [hash, file] of files) {
        if (!file.isNamed && random.chance(0.5)) files.delete(hash);
        else if (!file.isFlushed) files.set(hash, { ...file, bytes: file.bytes.subarray(0, random.below(file.bytes.length)) });
      }
    },
    copy: () => new Map([...files].filter(([, file]) => file.isFlushed && file.isNamed).map(([hash, { bytes }]) => [hash, bytes])),
    restore: (copy) => {
      files = new Map([...copy].map(([hash, bytes]) => [hash, { bytes, isFlushed: true, isNamed: true }]));
    },
    read: (hash) => files.get(hash)?.bytes ?? null,
  };
}
