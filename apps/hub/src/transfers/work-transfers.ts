import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';
import type { MergePlan } from '../merges/plan-merges.ts';

/** A region that is silent for longer about what it leased may be dead: the work is given out again. */
export const transferLeaseMs = 60_000;

export interface WorkTransfersDeps {
  readonly store: Pick<HubStore, 'settleTransfers' | 'recordHoldings' | 'leaseTransfers'>;
  readonly board: Pick<WakeUpBoard, 'mergesWait'>;
  readonly mergePlan: Pick<MergePlan, 'isAnyOpen'>;
  readonly nowMs: () => number;
}

/** Settled first: what a region has just done is not leased to it again, and others may already fetch it there. */
export function workTransfers({ store, board, mergePlan, nowMs }: WorkTransfersDeps): HubServices['transfers'] {
  return async ({ region, done, failed, held, want }) => {
    if (done.length + failed.length > 0) await store.settleTransfers(region, { done, failed }, nowMs());
    if (held.length > 0) await store.recordHoldings(region, held);
    // What came may be what a merge waits for there.
    if (done.length + held.length > 0 && mergePlan.isAnyOpen()) board.mergesWait((reader) => reader === region);
    const leases = want === 0 ? [] : await store.leaseTransfers(region, { limit: want, leaseMs: transferLeaseMs, nowMs: nowMs() });
    return { leases };
  };
}
