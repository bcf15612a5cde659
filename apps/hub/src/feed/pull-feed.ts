import type { HubServices, LogCursor } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { Dot, FeedPosition, FeedRow, SpaceId } from '@jzse/sync';
import { comparePositions, sameDot } from '@jzse/sync';
import { feedRowBytes } from './feed-row-bytes.ts';
import type { FeedTail } from './feed-tail.ts';
import type { SafePositions } from './safe-positions.ts';
import type { WakeUpBoard } from './wake-up-board.ts';

/** Of the rows of one pull, about. One row always goes out. */
export const pullBytesMax = 8 * 1024 * 1024;
/** Read from the store at a time, so that a window full of large rows is never in memory whole. */
const rowsPerReadMax = 500;

export interface PullDeps {
  readonly store: Pick<HubStore, 'head' | 'feedStart' | 'readFeed' | 'rowDots'>;
  readonly tail: Pick<FeedTail, 'after' | 'forget'>;
  readonly board: Pick<WakeUpBoard, 'heads' | 'headWentBack'>;
  readonly safe: Pick<SafePositions, 'of' | 'forget'>;
}
type Pulled = Awaited<ReturnType<HubServices['pull']>>;

/**
 * `snapshot-needed`: an earlier epoch than the feed's, or a cursor that the feed does not reach back to. `log-differs` (SY10): a cursor of
 * a later epoch, or of this one that is beyond the feed's end or names another row than stands there.
 */
export function pullFeed(deps: PullDeps): HubServices['pull'] {
  return async ({ space, after, limit }) => {
    const { position: head, forks } = await readHead(deps, space);
    if (after.epoch > head.epoch) return { type: 'log-differs' };
    if (after.epoch !== head.epoch) return { type: 'snapshot-needed' };
    if (after.sequence > head.sequence || !(await isOurs(deps, space, after))) return { type: 'log-differs' };
    const answered = async (rows: readonly FeedRow[], end: FeedPosition): Promise<Pulled> => {
      const safe = Math.min(await deps.safe.of(space), end.sequence);
      return { type: 'rows', rows, head: end, forks, safe };
    };
    if (after.sequence === head.sequence) return answered([], head);
    const recent = upToBytesMax(deps.tail.after(space, after, limit));
    const rows = recent.length > 0 ? recent : await readRows(deps.store, { space, after, limit });
    const last = rows?.at(-1)?.position;
    // Gone, or the epoch changed while we read: rows of two lives of the log.
    if (rows === null || (last !== undefined && !(await isOfThisLife(deps, space, { last, epoch: after.epoch }))))
      return { type: 'snapshot-needed' };
    return answered(rows, last !== undefined && comparePositions(last, head) > 0 ? last : head);
  };
}

/**
 * Rows that an earlier epoch handed on are a part of this one's log. A region asks for them when it takes the end of the log along with
 * a snapshot: without them it could not offer them again to a hub that loses them (found by simulation).
 */
async function isOfThisLife(
  { store }: PullDeps,
  space: SpaceId,
  { last, epoch }: { readonly last: FeedPosition; readonly epoch: number },
): Promise<boolean> {
  if (last.epoch >= epoch) return last.epoch === epoch;
  return (await store.head(space)).position.epoch === epoch;
}

/** What is known in memory of a log that ends earlier than it did is of a life that is over. */
async function readHead({ store, tail, board, safe }: PullDeps, space: SpaceId): ReturnType<HubStore['head']> {
  const before = board.heads().find((known) => known.space === space)?.head;
  const head = await store.head(space);
  if (before !== undefined && comparePositions(head.position, before) < 0) {
    tail.forget(space);
    safe.forget(space);
    board.headWentBack(space, head.position);
  }
  return head;
}

/** Nothing speaks against it where the row, or what the region knows of it, is gone. */
async function isOurs({ store, tail }: PullDeps, space: SpaceId, { dot, ...at }: LogCursor): Promise<boolean> {
  if (dot === null || at.sequence === 0) return true;
  const [row] = tail.after(space, { epoch: at.epoch, sequence: at.sequence - 1 }, 1);
  const ours: Dot | null | undefined = row?.operation.dot ?? (await store.rowDots(space, [at.sequence]))[0];
  return ours == null || sameDot(ours, dot);
}
/** Null: the feed does not reach back to `after` any more. */
async function readRows(
  store: PullDeps['store'],
  { space, after, limit }: { readonly space: SpaceId; readonly after: FeedPosition; readonly limit: number },
): Promise<readonly FeedRow[] | null> {
  if (comparePositions(after, await store.feedStart(space)) < 0) return null;
  let rows: readonly FeedRow[] = [];
  while (rows.length < limit) {
    const wanted = Math.min(limit - rows.length, rowsPerReadMax);
    const read = await store.readFeed(space, rows.at(-1)?.position ?? after, wanted);
    const all = [...rows, ...read];
    rows = upToBytesMax(all);
    if (rows.length < all.length || read.length < wanted) break;
  }
  return rows;
}

function upToBytesMax(rows: readonly FeedRow[]): readonly FeedRow[] {
  let bytes = 0;
  for (const [at, row] of rows.entries()) {
    bytes += feedRowBytes(row);
    if (bytes > pullBytesMax && at > 0) return rows.slice(0, at);
  }
  return rows;
}
