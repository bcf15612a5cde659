import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { WakeUpBoard } from '../feed/wake-up-board.ts';

export interface LocateDeps {
  readonly store: Pick<HubStore, 'prioritise' | 'holders'>;
  readonly board: Pick<WakeUpBoard, 'transfersWait'>;
  readonly nowMs: () => number;
}

/** A reader waits there: its region's transfer goes first, and meanwhile it can read through from these. */
export function locateContent({ store, board, nowMs }: LocateDeps): HubServices['locate'] {
  return async ({ region, space, hash }) => {
    const [sources] = await Promise.all([store.holders(space, hash), store.prioritise(region, space, hash, nowMs())]);
    board.transfersWait((reader) => reader === region);
    return sources.filter((source) => source.region !== region);
  };
}
