import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** What `npm run package:edge` made. */
export interface EdgePackage {
  readonly name: string;
  readonly version: string;
  readonly path: string;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sum: string;
}
export interface EdgePackages {
  /** The newest by version; null: there is none. */
  newest(): Promise<EdgePackage | null>;
  /** By the name of its file; null: there is no such package. */
  named(name: string): Promise<EdgePackage | null>;
}

const fileName = /^edge-(\d{1,6}\.\d{1,6}\.\d{1,6})-linux-x64\.tar\.gz$/;

/** Packages in a folder. Sums are computed once for each state of a file. */
export function openEdgePackages(folder: string): EdgePackages {
  const sums = new Map<string, { readonly state: string; readonly sum: Promise<string> }>();
  const read = async (name: string): Promise<EdgePackage | null> => {
    const version = fileName.exec(name)?.[1];
    if (version === undefined) return null;
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile()) return null;
    const state = `${found.size} ${found.mtimeMs} ${found.ino}`;
    let known = sums.get(name);
    if (known?.state !== state) {
      known = { state, sum: sumOf(path) };
      known.sum.catch(() => sums.delete(name));
      sums.set(name, known);
    }
    return { name, version, path, bytes: found.size, sum: await known.sum };
  };
  return {
    named: read,
    newest: async () => {
      const names = await readdir(folder).catch(() => []);
      const [newest] = names.filter((name) => fileName.test(name)).sort(byVersion);
      return newest === undefined ? null : read(newest);
    },
  };
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part);
  return hash.digest('hex');
}

const numbersOf = (name: string): number[] => (fileName.exec(name)?.[1] ?? '').split('.').map(Number);

/** Highest first. */
function byVersion(left: string, right: string): number {
  const [ours, theirs] = [numbersOf(left), numbersOf(right)];
  return ours.map((number, at) => (theirs[at] ?? 0) - number).find((difference) => difference !== 0) ?? 0;
}
