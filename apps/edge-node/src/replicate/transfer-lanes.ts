import type { RegionStore, WantedContent } from '@jzse/db/region';
import type { Hash, SpaceId } from '@jzse/sync';
import type { Logger } from 'pino';
import { type ByteBudget, createByteBudget } from './byte-budget.ts';
import { chooseSource } from './choose-source.ts';
import { type ArrivedContent, type FetchContentsDeps, fetchBulkContent, fetchSmallContents } from './fetch-contents.ts';
import type { SourceLocator } from './locate-sources.ts';
import type { RegionHealth } from './region-health.ts';
import type { Lane, QueuedTransfer, TransferQueue } from './transfer-queue.ts';

export interface LaneDeps extends FetchContentsDeps {
  readonly store: Pick<RegionStore, 'finishTransfers' | 'markHeld' | 'wantedDone'>;
  readonly locator: Pick<SourceLocator, 'locate'>;
  readonly health: RegionHealth;
  readonly nowMs: () => number;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly queue: TransferQueue;
  readonly held: (space: SpaceId, hashes: readonly Hash[]) => void;
  /** These are held now, and recorded so. */
  readonly onArrived: (contents: readonly ArrivedContent[]) => void;
  readonly onLeft: (transfers: readonly QueuedTransfer[]) => void;
}

export interface TransferLanes {
  /** Starts as many groups as may be under way. */
  pump(): void;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
}

interface LaneLimits {
  readonly countMax: number;
  readonly bytesMax: number;
  readonly groupsInFlightMax: number;
  readonly budgetBytesMax: number;
}
/** With the readers' budget (start-replication.ts) these make what replication has under way at once: 32 MiB. */
const laneLimits: Record<Lane, LaneLimits> = {
  small: { countMax: 256, bytesMax: 4 * 1024 * 1024, groupsInFlightMax: 3, budgetBytesMax: 8 * 1024 * 1024 },
  bulk: { countMax: 1, bytesMax: Number.MAX_SAFE_INTEGER, groupsInFlightMax: 4, budgetBytesMax: 16 * 1024 * 1024 },
};

/** A transfer that this region gave itself: the hub knows nothing of it. */
const ownPrefix = '@own/';
export const ownTransferId = (space: SpaceId, content: Hash): string => `${ownPrefix}${space}/${content}`;
export const isOwnTransfer = ({ transferId }: Pick<WantedContent, 'transferId'>): boolean => transferId.startsWith(ownPrefix);

/** Two lanes over one queue: many small contents in a request beside large ones in slices, each lane with a memory of its own. */
export function createTransferLanes(deps: LaneDeps): TransferLanes {
  const lanes = [createLane(deps, 'small'), createLane(deps, 'bulk')];
  return {
    pump: () => {
      for (const lane of lanes) lane.pump();
    },
    idle: async () => {
      await Promise.all(lanes.map((lane) => lane.idle()));
    },
  };
}

function createLane(deps: LaneDeps, lane: Lane): TransferLanes {
  const limits = laneLimits[lane];
  const budget = createByteBudget(limits.budgetBytesMax);
  const running = new Set<Promise<void>>();
  const view = { ...deps.health, random: deps.random };

  const pump = (): void => {
    while (!deps.signal.aborted && running.size < limits.groupsInFlightMax) {
      const transfers = deps.queue.take(lane, { nowMs: deps.nowMs(), limits, choose: (sources) => chooseSource(sources, view) });
      if (transfers.length === 0) return;
      const group = runGroup(deps, { lane, transfers, budget }).finally(() => {
        running.delete(group);
        pump();
      });
      running.add(group);
    }
  };
  return {
    pump,
    idle: async () => {
      while (running.size > 0) await Promise.all(running);
    },
  };
}

interface Group {
  readonly lane: Lane;
  readonly transfers: readonly QueuedTransfer[];
  readonly budget: ByteBudget;
}

/** Never rejects: what did not arrive is left to be tried again. */
async function runGroup(deps: LaneDeps, group: Group): Promise<void> {
  const { transfers } = group;
  let arrived: readonly ArrivedContent[] = [];
  try {
    arrived = await fetchGroup(deps, group);
    await recordHeld(deps, arrived);
    deps.onArrived(arrived);
  } catch (cause) {
    arrived = [];
    if (!deps.signal.aborted) deps.logger.warn({ err: cause, transfers: transfers.length }, 'transfers failed');
  }
  const ids = new Set(arrived.map((item) => item.wanted.transferId));
  const left = transfers.filter(({ wanted }) => !ids.has(wanted.transferId));
  if (left.length > 0 && !deps.signal.aborted) deps.onLeft(left);
}

async function fetchGroup(deps: LaneDeps, { lane, transfers, budget }: Group): Promise<readonly ArrivedContent[]> {
  const wanted = await Promise.all(transfers.map((transfer) => withHolders(deps, transfer.wanted)));
  if (lane === 'small') return fetchSmallContents(deps, wanted, budget);
  const contents = await Promise.all(wanted.map((item) => fetchBulkContent(deps, item, budget)));
  return contents.flat();
}

async function withHolders(deps: LaneDeps, wanted: WantedContent): Promise<WantedContent> {
  return wanted.sources.length > 0 ? wanted : { ...wanted, sources: await deps.locator.locate(wanted.space, wanted.content) };
}

/** All chunks are durable here: now the region holds these contents. One flush for all. */
async function recordHeld({ store, held }: LaneDeps, arrived: readonly ArrivedContent[]): Promise<void> {
  if (arrived.length === 0) return;
  const own = arrived.filter((item) => isOwnTransfer(item.wanted));
  const leased = arrived.filter((item) => !isOwnTransfer(item.wanted));
  const perSpace = Map.groupBy(own, (item) => item.wanted.space);
  await Promise.all([
    store.finishTransfers(leased.map((item) => ({ transferId: item.wanted.transferId, content: item }))),
    ...[...perSpace].map(([space, items]) => store.markHeld(space, items)),
    own.length > 0 ? store.wantedDone(own.map((item) => item.wanted.transferId)) : undefined,
  ]);
  for (const [space, items] of Map.groupBy(arrived, (item) => item.wanted.space)) {
    held(
      space,
      items.map((item) => item.content.hash),
    );
  }
}
