import type { RegionStore } from '@jzse/db/region';
import type { Entry, FeedPosition, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import type { HubPort } from './hub-port.ts';
import { takeSnapshot } from './take-snapshot.ts';

export interface PullDeps {
  readonly space: SpaceId;
  readonly store: Pick<RegionStore, 'cursor' | 'applyFeed' | 'applySnapshot'>;
  readonly hub: Pick<HubPort, 'pull' | 'snapshotHead' | 'snapshotPage'>;
  readonly changed: (space: SpaceId, entries: readonly Entry[]) => void;
  /** A snapshot took the place of what was known. */
  readonly onSnapshot: (space: SpaceId) => void;
}

export interface FeedPull {
  /** Applies the feed from the cursor to the hub's head. Rejects on the first failure; a call after it goes on at the cursor. */
  pull(signal: AbortSignal): Promise<void>;
  /** Where the hub's feed ends, as far as known. */
  head(): FeedPosition | null;
  /** Notes a head; true if there is something to pull. */
  noteHead(head: FeedPosition): boolean;
}

type PullAnswer = Awaited<ReturnType<HubPort['pull']>>;

const snapshotsPerPullMax = 2;
/** Rows in one pull: few round trips, while one batch stays a short transaction. */
export const pullRowsMax = 500;

export function createFeedPull(deps: PullDeps): FeedPull {
  const { space, store, hub } = deps;
  let head: FeedPosition | null = null;
  let applied: FeedPosition | null = null;

  const ask = (after: FeedPosition): Promise<PullAnswer> => {
    const answer = hub.pull({ space, after, limit: pullRowsMax });
    // Who waits for it hears of a failure; if nobody does any more, nobody needs to.
    answer.catch(() => {});
    return answer;
  };
  const noteHead = (seen: FeedPosition): boolean => {
    if (head === null || comparePositions(seen, head) > 0) head = seen;
    return applied === null || comparePositions(applied, head) !== 0;
  };
  return {
    head: () => head,
    noteHead,
    pull: async (signal) => {
      applied = (await store.cursor(space)).position;
      let next: Promise<PullAnswer> | null = ask(applied);
      let snapshots = 0;
      while (next !== null && !signal.aborted) {
        const answer: PullAnswer = await next;
        if (answer.type === 'snapshot-needed') {
          if (++snapshots > snapshotsPerPullMax) throw new Error(`the hub asks for one snapshot of ${space} after the other`);
          await takeSnapshot({ store, hub }, space);
          deps.onSnapshot(space);
          applied = (await store.cursor(space)).position;
          next = ask(applied);
          continue;
        }
        noteHead(answer.head);
        const last: FeedPosition | undefined = answer.rows.at(-1)?.position;
        if (last === undefined) return;
        // The next batch travels while this one is applied.
        next = comparePositions(last, answer.head) < 0 ? ask(last) : null;
        const entries = await store.applyFeed(space, answer.rows);
        applied = last;
        deps.changed(space, entries);
      }
    },
  };
}
