import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { FeedPosition, FeedRow, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import { feedRowBytes } from './feed-row-bytes.ts';
import type { FeedTail } from './feed-tail.ts';

/** Of the rows of one pull, about. One row always goes out. */
export const pullBytesMax = 8 * 1024 * 1024;
/** Read from the store at a time, so that a window full of large rows is never in memory whole. */
const rowsPerReadMax = 500;

export interface PullDeps {
  readonly store: Pick<HubStore, 'head' | 'feedStart' | 'readFeed'>;
  readonly tail: Pick<FeedTail, 'after'>;
}

/** `snapshot-needed`: another epoch than the feed's, or a cursor that the feed does not reach back to, or one beyond its end. */
export function pullFeed({ store, tail }: PullDeps): HubServices['pull'] {
  return async ({ space, after, limit }) => {
    const { position: head, forks } = await store.head(space);
    if (after.epoch !== head.epoch || after.sequence > head.sequence) return { type: 'snapshot-needed' };
    if (after.sequence === head.sequence) return { type: 'rows', rows: [], head, forks };
    const recent = upToBytesMax(tail.after(space, after, limit));
    const rows = recent.length > 0 ? recent : await readRows(store, { space, after, limit });
    const last = rows?.at(-1)?.position;
    // Gone, or the epoch changed while we read: rows of two lives of the log.
    if (rows === null || (last !== undefined && last.epoch !== after.epoch)) return { type: 'snapshot-needed' };
    return { type: 'rows', rows, head: last !== undefined && comparePositions(last, head) > 0 ? last : head, forks };
  };
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
