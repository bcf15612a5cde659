import type { EntryId, SpaceId } from '@jzse/sync';

/** Folders whose listing a transaction changed; null: too many to name, everything may have. */
export type ShownFolders = ReadonlyMap<SpaceId, readonly EntryId[] | null>;

/** Gathers, while a transaction runs, which folders it touches. */
export interface TouchedFolders {
  touch(space: SpaceId, folder: EntryId | null): void;
  touchAll(space: SpaceId): void;
  /** What was gathered since the last call. */
  take(): ShownFolders;
}

/** Beyond this many, whoever shows folders reads all of theirs again. */
const foldersMax = 200;

export function createTouchedFolders(): TouchedFolders {
  let spaces = new Map<SpaceId, Set<EntryId> | null>();
  return {
    touch: (space, folder) => {
      if (folder === null) return;
      const folders = spaces.get(space);
      if (folders === null) return;
      if (folders === undefined) spaces.set(space, new Set([folder]));
      else if (folders.size < foldersMax) folders.add(folder);
      else if (!folders.has(folder)) spaces.set(space, null);
    },
    touchAll: (space) => void spaces.set(space, null),
    take: () => {
      const taken = new Map([...spaces].map(([space, folders]) => [space, folders === null ? null : [...folders]] as const));
      spaces = new Map();
      return taken;
    },
  };
}
