import { opendir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import type { FileToPut } from '@jzse/client/node';
import { within } from './space-path.ts';

export interface LocalFile extends FileToPut {
  readonly size: number;
}
export interface LocalWalk {
  readonly files: AsyncIterable<LocalFile>;
  /** Paths in the space of folders with nothing in them; complete when `files` has ended. */
  readonly emptyFolders: string[];
  /** Local paths of what is neither file nor folder; complete when `files` has ended. */
  readonly skipped: string[];
}

/** Every file below a local folder, with where it goes below `path` in the space. Links are not followed, and counted as skipped. */
export function walkLocal(folder: string, path: string): LocalWalk {
  const emptyFolders: string[] = [];
  const skipped: string[] = [];
  const placeOf = (local: string) => {
    const names = relative(folder, local).split(sep);
    return names.reduce(within, path);
  };
  async function* walk(at: string): AsyncGenerator<LocalFile> {
    let entries = 0;
    for await (const entry of await opendir(at)) {
      entries++;
      const source = join(at, entry.name);
      if (entry.isDirectory()) yield* walk(source);
      else if (entry.isFile()) yield { source, path: placeOf(source), size: await sizeOf(source) };
      else skipped.push(source);
    }
    if (entries === 0) emptyFolders.push(at === folder ? path : placeOf(at));
  }
  return { files: walk(folder), emptyFolders, skipped };
}

/** A file that is gone by now is found out, and told, when it is read. */
async function sizeOf(source: string): Promise<number> {
  return (await stat(source).catch(() => null))?.size ?? 0;
}
