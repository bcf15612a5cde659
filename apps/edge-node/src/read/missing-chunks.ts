import type { Content, Hash, SpaceId } from '@jzse/sync';

/** What a reader asks of replication; `replicate/bring-missing-chunks.ts` implements it. */
export interface MissingChunks {
  /**
   * Resolves when these chunks of `content` are in the chunk store, verified; those that are there already cost nothing.
   * Joins a fetch that is under way. The first call for a content asks the hub who holds it, and puts it first in the plan;
   * with the hub away, regions that are known are asked.
   * Throws `JzseError('content-unavailable')` when no region that can be reached has them.
   */
  bring(request: {
    readonly space: SpaceId;
    readonly content: Content;
    readonly hashes: readonly Hash[];
    readonly signal?: AbortSignal;
  }): Promise<void>;
}
