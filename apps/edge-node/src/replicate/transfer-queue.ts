import type { TransferSource, WantedContent } from '@jzse/db/region';

/** Small contents travel many in a request; large ones one by one, so that neither waits behind the other. */
export type Lane = 'small' | 'bulk';

export interface QueuedTransfer {
  readonly wanted: WantedContent;
  /** Tries that failed. */
  readonly failures: number;
}
export interface GroupLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** Transfers that are leased, in memory: bounded, since no more are leased than fit. */
export interface TransferQueue {
  /** Those that are known already, waiting or being worked on, only get the newer sources and priority. */
  add(items: readonly WantedContent[]): void;
  /** The most urgent ones that are due and share a holder; empty if none is due. They count as being worked on until `settle` or `putBack`. */
  take(
    lane: Lane,
    options: { readonly nowMs: number; readonly limits: GroupLimits; readonly choose: ChooseSource },
  ): readonly QueuedTransfer[];
  settle(transferIds: readonly string[]): void;
  putBack(transfer: QueuedTransfer, notBeforeMs: number): void;
  /** Ends every back-off: what was failing may work now. */
  allDue(): void;
  /** When the first of those that wait out a back-off is due; null if none does. */
  nextDueMs(nowMs: number): number | null;
  /** Waiting and being worked on. */
  size(): number;
}
export type ChooseSource = (sources: readonly TransferSource[]) => TransferSource | null;

/** Content up to this size goes with others in one request. */
export const smallContentBytesMax = 1024 * 1024;
export const laneOf = ({ content }: Pick<WantedContent, 'content'>): Lane => (content.size <= smallContentBytesMax ? 'small' : 'bulk');

interface Item extends QueuedTransfer {
  readonly order: number;
  readonly notBeforeMs: number;
}

export function createTransferQueue(): TransferQueue {
  const waiting = { small: new Map<string, Item>(), bulk: new Map<string, Item>() };
  const working = new Set<string>();
  let order = 0;
  return {
    add: (items) => {
      for (const wanted of items) {
        if (working.has(wanted.transferId)) continue;
        const lane = waiting[laneOf(wanted)];
        const known = lane.get(wanted.transferId);
        lane.set(wanted.transferId, known === undefined ? { wanted, failures: 0, order: order++, notBeforeMs: 0 } : { ...known, wanted });
      }
    },
    take: (lane, { nowMs, limits, choose }) => {
      const due = [...waiting[lane].values()]
        .filter((item) => item.notBeforeMs <= nowMs)
        .sort((left, right) => left.wanted.priority - right.wanted.priority || left.order - right.order);
      const group = groupOfOneHolder(due, limits, choose);
      for (const { wanted } of group) {
        waiting[lane].delete(wanted.transferId);
        working.add(wanted.transferId);
      }
      return group;
    },
    settle: (transferIds) => {
      for (const id of transferIds) working.delete(id);
    },
    putBack: ({ wanted, failures }, notBeforeMs) => {
      working.delete(wanted.transferId);
      waiting[laneOf(wanted)].set(wanted.transferId, { wanted, failures, order: order++, notBeforeMs });
    },
    allDue: () => {
      for (const lane of [waiting.small, waiting.bulk]) for (const [id, item] of lane) lane.set(id, { ...item, notBeforeMs: 0 });
    },
    nextDueMs: (nowMs) => {
      const times = [...waiting.small.values(), ...waiting.bulk.values()].map((item) => item.notBeforeMs).filter((atMs) => atMs > nowMs);
      return times.length === 0 ? null : Math.min(...times);
    },
    size: () => waiting.small.size + waiting.bulk.size + working.size,
  };
}

/** The most urgent transfer decides the holder; others that it has come along, so that a slow holder delays its own only. A transfer without a holder goes alone. */
function groupOfOneHolder(due: readonly QueuedTransfer[], limits: GroupLimits, choose: ChooseSource): readonly QueuedTransfer[] {
  const first = due[0];
  if (first === undefined) return [];
  const source = choose(first.wanted.sources);
  if (source === null) return [first];
  const transfers: QueuedTransfer[] = [];
  let bytes = 0;
  for (const item of due) {
    if (!item.wanted.sources.some(({ region }) => region === source.region)) continue;
    if (transfers.length === limits.countMax || (transfers.length > 0 && bytes + item.wanted.content.size > limits.bytesMax)) break;
    transfers.push(item);
    bytes += item.wanted.content.size;
  }
  return transfers;
}
