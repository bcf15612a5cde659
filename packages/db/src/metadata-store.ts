import type { Entry, EntryId, SpaceId, Version } from '@jzse/sync';

/** A page of a listing; `next` is the cursor for the following page, or null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}
export interface PageRequest {
  readonly after: string | null;
  readonly limit: number;
}

/**
 * What hub and region stores share: reading the shown state of a space. Run by both against one
 * contract suite (`testing/metadata-store.contract.ts`). No call exposes a transaction.
 */
export interface MetadataStore {
  listSpaces(): Promise<SpaceId[]>;
  /** Idempotent. */
  createSpace(space: SpaceId): Promise<void>;
  /** By id, aliases followed. Deleted entries are returned too (`deleted` is set); null if never known. */
  entry(space: SpaceId, id: EntryId): Promise<Entry | null>;
  /** Walks names from the root (compared by `nameKey`), live entries only. An empty array is the root. */
  entryAtPath(space: SpaceId, names: readonly string[]): Promise<Entry | null>;
  /** Names from the root to a live entry; null if it is not live. */
  pathOf(space: SpaceId, id: EntryId): Promise<string[] | null>;
  /** Live children ordered by name key. */
  listFolder(space: SpaceId, folder: EntryId, page: PageRequest): Promise<Page<Entry>>;
  /** All versions of an entry and of what was merged into it, newest stamp first. */
  listVersions(space: SpaceId, id: EntryId, page: PageRequest): Promise<Page<Version>>;
  close(): Promise<void>;
}
