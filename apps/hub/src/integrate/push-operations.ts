import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { FeedTail } from '../feed/feed-tail.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface PushDeps {
  readonly store: Pick<HubStore, 'integrate'>;
  readonly board: Pick<WakeUpBoard, 'headMoved' | 'transfersWait'>;
  readonly tail: Pick<FeedTail, 'append'>;
  readonly nowMs: () => number;
  /** Told how many operations were appended, after the regions were woken. */
  readonly onIntegrated: (operations: number) => void;
}

/** Known operations are dropped by dot, so a push may be sent again whatever became of its answer. */
export function pushOperations({ store, board, tail, nowMs, onIntegrated }: PushDeps): HubServices['push'] {
  return async (request) => {
    const { acknowledged, head, rows } = await store.integrate({ ...request, nowMs: nowMs() });
    tail.append(request.space, rows);
    board.headMoved(request.space, head);
    if (rows.length > 0) board.transfersWait((region) => region !== request.region);
    onIntegrated(rows.length);
    return { acknowledged, head };
  };
}
