import { JzseError } from '@jzse/api';
import type { LogCursor } from '@jzse/api/hub';
import type { RegionStore } from '@jzse/db/region';
import type { Dot, FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import { takeBatch } from './batch-operations.ts';
import type { HubPort } from './hub-port.ts';

export interface PushDeps {
  readonly space: SpaceId;
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'cursor' | 'readOutbox' | 'doors'>;
  readonly hub: Pick<HubPort, 'push'>;
  readonly nowMs: () => number;
  /** The hub's feed has grown to here. */
  readonly onHead: (head: FeedPosition) => void;
  /** The hub lives in another epoch, or its log is another one: resolves when the feed was read again, by a snapshot if need be. */
  readonly rereadFeed: () => Promise<void>;
  /** The feed was read since the start. Before that the outbox may use counters that a former life of this disk has used (SY10). */
  readonly feedWasRead: () => boolean;
}

export interface OutboxPush {
  /** Sends what waits, a batch at a time, one in flight; nothing of a space whose door is closed. Rejects on the first failure; the next call starts at the first operation that the feed has not brought back. */
  push(signal: AbortSignal): Promise<void>;
}

export const pushLimits = { countMax: 500, bytesMax: 2 * 1024 * 1024 };
/** The feed brings back what was taken within a moment; what has not come by then is offered again. */
const offerAgainAfterMs = 15_000;

/**
 * Rows leave the outbox when the feed brings them, not here: so after an answer the next batch starts where the last one ended,
 * and anything doubtful starts at the beginning again. The hub drops by dot what it has.
 */
export function createOutboxPush(deps: PushDeps): OutboxPush {
  let pushed: { readonly upTo: Dot; readonly epoch: number; readonly atMs: number } | null = null;

  const pushBatch = async (cursor: LogCursor): Promise<boolean> => {
    const { epoch } = cursor;
    const start = pushed?.epoch === epoch && deps.nowMs() - pushed.atMs < offerAgainAfterMs ? pushed.upTo : undefined;
    const batch = takeBatch(await deps.store.readOutbox(deps.space, pushLimits.countMax, start), pushLimits);
    const last = batch.at(-1);
    // Asked after the outbox was read: what a door was closed for is behind it.
    if (last === undefined || (await isDoorClosed(deps))) return false;
    const answer = await deps.hub.push({ space: deps.space, epoch, region: deps.region, cursor, operations: batch });
    if (answer.acknowledged < batch.length)
      throw new Error(`the hub took ${answer.acknowledged} of ${batch.length} operations: one is missing before the rest`);
    pushed = { upTo: last.dot, epoch, atMs: deps.nowMs() };
    deps.onHead(answer.head);
    return true;
  };

  return {
    push: async (signal) => {
      try {
        if (!deps.feedWasRead()) await deps.rereadFeed();
        if (!deps.feedWasRead()) throw new Error('nothing is pushed before the feed was read once');
        for (let more = true; more && !signal.aborted; ) {
          const { position, dot } = await deps.store.cursor(deps.space);
          more = await pushBatch({ ...position, dot });
        }
      } catch (cause) {
        pushed = null;
        if (cause instanceof JzseError && (cause.code === 'epoch-mismatch' || cause.code === 'log-differs')) await deps.rereadFeed();
        throw cause;
      }
    },
  };
}

async function isDoorClosed({ store, space }: PushDeps): Promise<boolean> {
  return (await store.doors()).some((door) => door.space === space);
}
