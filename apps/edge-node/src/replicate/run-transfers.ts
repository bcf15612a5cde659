import type { RegionStore, WantedContent } from '@jzse/db/region';
import type { Content, RegionId, SpaceId } from '@jzse/sync';
import type { HubContact } from './hub-contact.ts';
import type { HubPort } from './hub-port.ts';
import type { SourceLocator } from './locate-sources.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createTransferSettlement, queuedMax } from './settle-transfers.ts';
import { createTransferLanes, isOwnTransfer, type LaneDeps, ownTransferId } from './transfer-lanes.ts';
import { createTransferQueue, type QueuedTransfer, type TransferQueue } from './transfer-queue.ts';
import { startLoop } from './wakeable-loop.ts';

export interface TransferDeps extends Omit<LaneDeps, 'queue' | 'onArrived' | 'onLeft'> {
  readonly region: RegionId;
  readonly store: RegionStore;
  readonly hub: Pick<HubPort, 'transfers'>;
  readonly contact: HubContact;
  readonly locator: SourceLocator;
}

export interface Transfers {
  /** The hub has, or may have, transfers to lease. */
  hubHasWork(): void;
  /** The hub answers again. */
  retryNow(): void;
  /** Contents that were held here are brought back, at once and before anything else. */
  bringBack(contents: readonly { readonly space: SpaceId; readonly content: Content }[]): Promise<void>;
  /** Waits for what is under way, which the signal of the deps cuts short, and keeps what the hub has not been told. */
  stop(): Promise<void>;
}

/** Tries here before the hub is told that nobody could give a content. */
const failuresMax = 2;
/** A safety net: arrivals and wake-ups drive the settlement. */
const pollMs = 15_000;
/** After something was given back the hub is asked this often, so many times: by then it gives it out again, from a holder that is back perhaps. */
const askAgainAfterMs = 1_000;
const askAgainTimes = 4;

/** Leases transfers, brings their contents, and settles them; goes on with those it knows while the hub is away. */
export async function startTransfers(deps: TransferDeps): Promise<Transfers> {
  const queue = createTransferQueue();
  const retries = createRetries(queue, deps, () => lanes.pump());
  const settlement = createTransferSettlement({
    ...deps,
    queued: queue.size,
    onLeased: (items) => {
      for (const item of items) deps.locator.remember(item.sources);
      queue.add(items);
      lanes.pump();
    },
    onKept: retries.later,
  });
  const loop = startLoop({
    random: deps.random,
    step: async () => {
      if (await settlement.round()) loop.wake();
    },
    onFailure: (cause, retryInMs) => deps.logger.debug({ err: cause, retryInMs }, 'transfers were not settled with the hub'),
    pollMs,
  });
  const lanes = createTransferLanes({
    ...deps,
    queue,
    onArrived: (contents) => {
      queue.settle(contents.map((item) => item.wanted.transferId));
      settlement.done(contents.filter((item) => !isOwnTransfer(item.wanted)));
      loop.wake();
    },
    onLeft: (transfers) => {
      const { given, kept } = decideLeft(transfers, deps.contact.reachable());
      queue.settle(given.map(({ wanted }) => wanted.transferId));
      settlement.failed(given);
      if (given.length > 0) reminder.later();
      retries.later(kept);
      loop.wake();
    },
  });

  queue.add(await deps.store.nextWanted(Number.MAX_SAFE_INTEGER, queuedMax));
  lanes.pump();
  const hubHasWork = (): void => {
    settlement.hubHasWork();
    loop.wake();
  };
  const reminder = createReminder(hubHasWork);
  return {
    hubHasWork,
    retryNow: () => {
      queue.allDue();
      lanes.pump();
      hubHasWork();
      loop.retryNow();
    },
    bringBack: async (contents) => {
      const wanted = contents.map(({ space, content }): WantedContent => {
        return { transferId: ownTransferId(space, content.hash), space, content, priority: 0, sources: [], leaseUntilMs: 0 };
      });
      await deps.store.addWanted(wanted);
      queue.add(wanted);
      lanes.pump();
    },
    stop: async () => {
      await lanes.idle();
      await loop.stop();
      retries.stop();
      reminder.stop();
      await settlement.keepForLater();
    },
  };
}

/** With the hub there, a transfer that failed often is given back: the hub may know other holders. Without it there is nothing but to try again. */
function decideLeft(
  transfers: readonly QueuedTransfer[],
  hubIsReachable: boolean,
): { readonly given: readonly QueuedTransfer[]; readonly kept: readonly QueuedTransfer[] } {
  const tried = transfers.map(({ wanted, failures }) => ({ wanted, failures: failures + 1 }));
  const isGiven = ({ wanted, failures }: QueuedTransfer): boolean => hubIsReachable && failures >= failuresMax && !isOwnTransfer(wanted);
  return { given: tried.filter(isGiven), kept: tried.filter((transfer) => !isGiven(transfer)) };
}

/** Asks the hub again for a while. */
function createReminder(ask: () => void): { later(): void; stop(): void } {
  let timer: NodeJS.Timeout | null = null;
  let times = 0;
  const wait = (): void => {
    timer = setTimeout(() => {
      timer = null;
      if (--times > 0) wait();
      ask();
    }, askAgainAfterMs);
  };
  return {
    later: () => {
      times = askAgainTimes;
      if (timer === null) wait();
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}

interface Retries {
  later(transfers: readonly QueuedTransfer[]): void;
  stop(): void;
}

/** Puts transfers back with a back-off, and pumps when the first of them is due. */
function createRetries(
  queue: TransferQueue,
  deps: { readonly nowMs: () => number; readonly random: () => number },
  pump: () => void,
): Retries {
  let timer: { readonly handle: NodeJS.Timeout; readonly atMs: number } | null = null;
  const wakeAt = (atMs: number): void => {
    if (timer !== null && timer.atMs <= atMs) return;
    if (timer !== null) clearTimeout(timer.handle);
    timer = { atMs, handle: setTimeout(due, Math.max(1, atMs - deps.nowMs())) };
  };
  const due = (): void => {
    timer = null;
    // Of one moment: what became due in between would be waited for by nobody.
    const nextMs = queue.nextDueMs(deps.nowMs());
    pump();
    if (nextMs !== null) wakeAt(nextMs);
  };
  return {
    later: (transfers) => {
      for (const transfer of transfers) {
        const atMs = deps.nowMs() + retryDelayMs(Math.max(1, transfer.failures), deps.random());
        queue.putBack(transfer, atMs);
        wakeAt(atMs);
      }
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer.handle);
      timer = null;
    },
  };
}
