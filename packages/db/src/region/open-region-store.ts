import type { SpaceId } from '@jzse/sync';
import { createAgreement } from './agreement.ts';
import type { Ancestry } from './ancestry.ts';
import type { RegionAudit } from './audit.ts';
import type { ChunkIndexTable } from './chunk-index.ts';
import type { ChunkSpaces } from './chunk-spaces.ts';
import { completeSums } from './complete-sums.ts';
import type { Directory } from './directory.ts';
import { createGroupCommit } from './group-commit.ts';
import type { RegionDatabase } from './open-database.ts';
import { openDatabase } from './open-database.ts';
import type { RegionStore } from './region-store.ts';
import type { LinkUses, RegionalSessions } from './regional-sessions.ts';
import type { ShownFolders } from './shown-folders.ts';
import { createTouchedFolders } from './shown-folders.ts';
import { convergenceSide, readSide, workSide, writeSide } from './store-sides.ts';
import { prepareTables } from './tables.ts';
import type { UsedBytes } from './used-bytes.ts';

export interface OpenRegionStore extends RegionStore {
  /** What the chunk store needs of the same database. */
  readonly chunkIndex: ChunkIndexTable;
  readonly chunkSpaces: ChunkSpaces;
  /** A space that is not placed here any more: gone at once, its data in steps. False while something of it waits to be sent. */
  readonly leaveSpace: (space: SpaceId) => Promise<boolean>;
  readonly ancestry: Ancestry;
  readonly directory: Directory;
  readonly sessions: RegionalSessions;
  readonly linkUses: LinkUses;
  readonly usedBytes: UsedBytes;
  readonly audit: RegionAudit;
}

export interface RegionStoreOptions {
  readonly file: string;
  /** The time of leases and outbox rows. */
  readonly nowMs: () => number;
  /** Told after each flush which folders are shown otherwise now, whoever changed them; must not throw. */
  readonly onShown?: (folders: ShownFolders) => void;
}

/** Opens the metadata of a region; the file is made and migrated as needed. */
export function openRegionStore({ file, ...options }: RegionStoreOptions): OpenRegionStore {
  return createRegionStore(openDatabase(file), options);
}

/** The same over a database that is open and at the newest schema; closing the store closes it. */
export function createRegionStore(database: RegionDatabase, options: Omit<RegionStoreOptions, 'file'>): OpenRegionStore {
  completeSums(database);
  const touched = createTouchedFolders();
  const group = createGroupCommit(database, () => {
    const folders = touched.take();
    if (folders.size > 0) options.onShown?.(folders);
  });
  let isClosing = false;
  const tables = prepareTables(database, { group, touched, nowMs: options.nowMs, isClosing: () => isClosing });
  // What a snapshot that was broken off, or was not cleared away after, has left.
  for (const tree of tables.trees.unshown()) tables.remover.remove(tree);
  tables.leftSpaces.goOn();
  const close = async (): Promise<void> => {
    isClosing = true;
    await tables.remover.settled();
    await group.drain();
    database.close();
  };
  const agreement = createAgreement(tables);
  return {
    ...writeSide(tables),
    ...readSide(tables),
    ...workSide(tables),
    ...convergenceSide(tables),
    ...agreement,
    chunkIndex: tables.chunks,
    chunkSpaces: tables.chunkSpaces,
    leaveSpace: tables.leftSpaces.leave,
    ancestry: tables.ancestry,
    directory: tables.directory,
    sessions: tables.sessions,
    linkUses: tables.linkUses,
    usedBytes: tables.usedBytes,
    audit: tables.audit,
    close,
  };
}
