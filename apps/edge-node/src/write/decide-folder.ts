import { JzseError } from '@jzse/api';
import { joinPath } from '@jzse/sync';
import type { Decide } from './planned-operation.ts';
import { walkToEntry, walkToFolder } from './walk-path.ts';

/** Makes a folder and those above it; one that is there stays as it is. Throws `already-exists` where a file has the name, `not-a-folder` where one is above it. */
export const decideFolder =
  (names: readonly string[]): Decide =>
  (view) => {
    const found = walkToEntry(view, names);
    if (found?.entry.kind === 'file') throw new JzseError('already-exists', `a file is at ${joinPath(names)} already`);
    const folder = walkToFolder(view, names);
    const { id: entryId, names: shown, operations } = folder;
    return { operations, entryId, names: shown, created: operations.length > 0, version: null };
  };
