import type { Committed, RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { EntryId, RegionId, SpaceId } from '@jzse/sync';
import type { SealThread } from './seal-thread.ts';

/** What the write path needs; built once, in the composition root. */
export interface WriteDeps {
  readonly store: RegionStore;
  readonly chunks: ChunkStore;
  readonly sealThread: SealThread;
  readonly region: RegionId;
  readonly nowMs: () => number;
  readonly newEntryId: () => EntryId;
  /** Unguessable, safe in a URL. */
  readonly newUploadId: () => string;
  /** Called after a commit is flushed, and only if it has operations. Must not throw. */
  readonly committed: (space: SpaceId, committed: Committed) => void;
}
