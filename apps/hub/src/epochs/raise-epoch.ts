import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { SafePositions } from '../feed/safe-positions.ts';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface RaiseEpochDeps {
  readonly store: Pick<HubStore, 'raiseEpoch' | 'head' | 'raiseEvents'>;
  readonly board: Pick<WakeUpBoard, 'headMoved'>;
  readonly safe: Pick<SafePositions, 'forget'>;
  readonly nowMs: () => number;
}

/** SY10: a region found that the log is another one than it knew. Fenced by the epoch it speaks of: of several who find out, one is heard. */
export function raiseEpoch({ store, board, safe, nowMs }: RaiseEpochDeps): HubServices['raiseEpoch'] {
  return async ({ space, region, epoch, keptUpTo }) => {
    const raised = await store.raiseEpoch(space, { epoch, keptUpTo, nowMs: nowMs() });
    const { position } = await store.head(space);
    safe.forget(space);
    board.headMoved(space, position);
    if (!raised) return;
    const data = { from: epoch, to: position.epoch, keptUpTo };
    await store.raiseEvents([{ type: 'epoch-raised', space, region, atMs: nowMs(), data }]);
  };
}
