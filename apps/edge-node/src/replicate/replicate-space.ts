import type { AppliedFeed, RegionStore } from '@jzse/db/region';
import type { Entry, FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import type { HubPort } from './hub-port.ts';
import { createFeedPull } from './pull-feed.ts';
import { createOutboxPush } from './push-outbox.ts';
import type { Renewal } from './renew-replica.ts';
import { startLoop } from './wakeable-loop.ts';

export interface SpaceDeps {
  readonly region: RegionId;
  readonly store: RegionStore;
  readonly hub: HubPort;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  readonly changed: (space: SpaceId, entries: readonly Entry[]) => void;
  readonly onSnapshot: (space: SpaceId) => void;
  readonly onDigests: (space: SpaceId, digests: NonNullable<AppliedFeed['digests']>) => void;
  readonly renewReplica: Renewal;
  /** The feed was applied up to the hub's head. */
  readonly onCaughtUp: (space: SpaceId) => void;
}

/** One space on its way to the hub and back: two loops that only wake each other. */
export interface SpaceReplication {
  outboxChanged(): void;
  noteHead(head: FeedPosition): void;
  head(): FeedPosition | null;
  /** Up to here no hub can lose what this region has; null if it is not known. */
  safe(): FeedPosition | null;
  /** Why the hub's state is not taken here; null if nothing is in the way. */
  refusal(): string | null;
  /** Takes the hub's state in the place of what is confirmed here, whatever that is. Rejects if it cannot be had. */
  resync(): Promise<void>;
  retryNow(): void;
  stop(): Promise<void>;
}

/** Safety nets: wake-ups drive both loops. */
const pushPollMs = 5_000;
const pullPollMs = 15_000;

export function startSpace(deps: SpaceDeps, space: SpaceId): SpaceReplication {
  const logger = deps.logger.child({ space });
  const feed = createFeedPull({
    ...deps,
    space,
    onSnapshot: () => {
      deps.onSnapshot(space);
      // What the hub had lost is in the outbox now.
      pushing.wake();
    },
  });
  const pulling = startLoop({
    random: deps.random,
    step: async (signal) => {
      await feed.pull(signal);
      if (!signal.aborted) deps.onCaughtUp(space);
    },
    onFailure: (cause, retryInMs) => logger.debug({ err: cause, retryInMs }, 'the feed was not read'),
    pollMs: pullPollMs,
  });
  const noteHead = (head: FeedPosition): void => {
    if (feed.noteHead(head)) pulling.wake();
  };
  const outbox = createOutboxPush({ ...deps, space, onHead: noteHead, rereadFeed: pulling.runOnce, feedWasRead: feed.wasRead });
  const pushing = startLoop({
    random: deps.random,
    step: outbox.push,
    onFailure: (cause, retryInMs) => logger.debug({ err: cause, retryInMs }, 'the outbox was not pushed'),
    pollMs: pushPollMs,
  });
  return {
    outboxChanged: pushing.wake,
    noteHead,
    head: feed.head,
    safe: feed.safe,
    refusal: feed.refusal,
    resync: async () => {
      const taken = feed.wantSnapshot();
      pulling.retryNow();
      await taken;
    },
    retryNow: () => {
      pulling.retryNow();
      pushing.retryNow();
    },
    stop: async () => {
      await Promise.all([pushing.stop(), pulling.stop()]);
    },
  };
}
