import type { Committed, RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { Author, EntryId, Operation, RegionId, SpaceId, TreeReader } from '@jzse/sync';
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
  /** Asked inside the transaction of each commit: whoever began it may have lost the right meanwhile. */
  readonly checkCommit: CheckCommit;
  /** Asked before any byte is taken. `replaced`: bytes of what is at the path now. Throws `over-quota`. */
  readonly checkRoom: (wish: {
    readonly space: SpaceId;
    readonly author: Author;
    readonly bytes: number;
    readonly replaced: number;
  }) => void;
  /** Called after a commit is flushed, and only if it has operations. Must not throw. */
  readonly committed: (space: SpaceId, committed: Committed) => void;
}

/** Throws `unknown-space`, `unknown-path`, `forbidden` unless the author may make these changes now. Must be synchronous. `tree`: before them. */
export type CheckCommit = (commit: {
  readonly space: SpaceId;
  readonly author: Author;
  readonly tree: TreeReader;
  readonly operations: readonly Operation[];
}) => void;
