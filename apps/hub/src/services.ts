import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import { coded } from './coded-errors.ts';
import type { FeedTail } from './feed/feed-tail.ts';
import { pullFeed } from './feed/pull-feed.ts';
import { resolvePath } from './feed/resolve-path.ts';
import type { WakeUpBoard } from './feed/wake-up-board.ts';
import { pushOperations } from './integrate/push-operations.ts';
import { listRegions } from './regions/list-regions.ts';
import { registerRegion, takeHeartbeat } from './regions/register-region.ts';
import { locateContent } from './transfers/locate-content.ts';
import { workTransfers } from './transfers/work-transfers.ts';

export interface ServicesDeps {
  readonly store: HubStore;
  readonly board: WakeUpBoard;
  readonly tail: FeedTail;
  readonly version: string;
  readonly nowMs: () => number;
  readonly onIntegrated: (operations: number) => void;
}

/** What the hub does, stage by stage; each stage is in the folder of its name. */
export function createHubServices(deps: ServicesDeps): HubServices {
  const { store, board } = deps;
  return {
    register: coded(registerRegion(deps)),
    heartbeat: coded(takeHeartbeat(deps)),
    regions: coded(() => listRegions(deps)),

    push: coded(pushOperations(deps)),
    pull: coded(pullFeed(deps)),
    snapshotHead: coded((space) => store.snapshotHead(space)),
    snapshotPage: coded(async (space, page) => {
      const { items, next } = await store.snapshotPage(space, page);
      return { effects: items, next };
    }),
    resolvePath: coded(resolvePath(deps)),
    wakeUps: (region, signal) => board.wakeUps(region, signal),

    transfers: coded(workTransfers(deps)),
    locate: coded(locateContent(deps)),
    holders: coded((space, hash) => store.holders(space, hash)),

    listSpaces: coded(() => store.listSpaces()),
    createSpace: coded(async (space) => {
      await store.createSpace(space);
      board.headMoved(space, (await store.head(space)).position);
    }),
    status: coded(async () => {
      const [regions, pendingTransfers] = await Promise.all([listRegions(deps), store.pendingTransfers()]);
      return { version: deps.version, regions, spaces: board.heads(), pendingTransfers };
    }),
  };
}
