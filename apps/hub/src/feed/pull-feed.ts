import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { FeedPosition, FeedRow, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';
import { feedRowBytes } from './feed-row-bytes.ts';

/** Of the rows of one pull, about. One row always goes out. */
export const pullBytesMax = 8 * 1024 * 1024;
/** Read from the store at a time, so that a window full of large rows is never in memory whole. */
const rowsPerReadMax = 500;

export interface PullDeps {
  readonly store: Pick<HubStore, 'head' | 'feedStart' | 'readFeed'>;
}

/** `snapshot-needed`: another epoch than the feed's, or a cursor that the feed does not reach back to, or one beyond its end. */
export function pullFeed({ store }: PullDeps): HubServices['pull'] {
  return async ({ space, after, limit }) => {
    const [{ position: head, forks }, start] = await Promise.all([store.head(space), store.feedStart(space)]);
    const isOnFeed = after.epoch === head.epoch && after.sequence <= head.sequence && comparePositions(after, start) >= 0;
    if (!isOnFeed) return { type: 'snapshot-needed' };
    const rows = after.sequence === head.sequence ? [] : await readRows(store, { space, after, limit });
    const last = rows.at(-1)?.position ?? after;
    // The epoch changed while we read: these rows are of two lives of the log.
    if (last.epoch !== after.epoch) return { type: 'snapshot-needed' };
    return { type: 'rows', rows, head: comparePositions(last, head) > 0 ? last : head, forks };
  };
}

async function readRows(
  store: PullDeps['store'],
  { space, after, limit }: { readonly space: SpaceId; readonly after: FeedPosition; readonly limit: number },
): Promise<FeedRow[]> {
  const rows: FeedRow[] = [];
  let bytes = 0;
  while (rows.length < limit) {
    const wanted = Math.min(limit - rows.length, rowsPerReadMax);
    const read = await store.readFeed(space, rows.at(-1)?.position ?? after, wanted);
    for (const row of read) {
      bytes += feedRowBytes(row);
      if (bytes > pullBytesMax && rows.length > 0) return rows;
      rows.push(row);
    }
    if (read.length < wanted) break;
  }
  return rows;
}
