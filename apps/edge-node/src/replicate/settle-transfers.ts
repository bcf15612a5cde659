import { transfersPerCallMax } from '@jzse/api/hub';
import type { ContentWithChunks, RegionStore, WantedContent } from '@jzse/db/region';
import type { RegionId } from '@jzse/sync';
import type { ArrivedContent } from './fetch-contents.ts';
import type { HubPort } from './hub-port.ts';
import type { QueuedTransfer } from './transfer-queue.ts';

export interface SettleDeps {
  readonly region: RegionId;
  readonly store: Pick<RegionStore, 'addWanted' | 'wantedDone' | 'markHeld' | 'unreportedHoldings' | 'holdingsReported'>;
  readonly hub: Pick<HubPort, 'transfers'>;
  readonly nowMs: () => number;
  /** Transfers that are waiting or being worked on. */
  readonly queued: () => number;
  readonly onLeased: (items: readonly WantedContent[]) => void;
  /** These could not be given back to the hub. */
  readonly onKept: (transfers: readonly QueuedTransfer[]) => void;
}

/** The one conversation with the hub about transfers: what is done, what failed, what is held besides; and more work. */
export interface TransferSettlement {
  done(items: readonly ArrivedContent[]): void;
  failed(transfers: readonly QueuedTransfer[]): void;
  /** The hub may have transfers to lease. */
  hubHasWork(): void;
  /** One call, if there is anything to say or to ask. True if there is more. Rejects when the hub does not answer: nothing is lost then. */
  round(): Promise<boolean>;
  /** Keeps for later what the hub has not been told. */
  keepForLater(): Promise<void>;
}

/** Transfers that are kept here, and how many are leased at once: enough that the lanes never wait for a round trip. */
export const queuedMax = 1_024;
const leaseMax = 512;
const leaseMin = 128;
const holdingsPerCallMax = 2_000;
/** A safety net: the hub's wake-ups say when there is work. */
const askAgainAfterMs = 15_000;

export function createTransferSettlement(deps: SettleDeps): TransferSettlement {
  let done: ArrivedContent[] = [];
  let failed: QueuedTransfer[] = [];
  let workCalls = 1;
  let workCallsServed = 0;
  let askedMs = 0;

  const wantNow = (): number => {
    const mayHaveWork = workCallsServed < workCalls || deps.nowMs() - askedMs >= askAgainAfterMs;
    const room = queuedMax - deps.queued();
    return mayHaveWork && room >= leaseMin ? Math.min(room, leaseMax) : 0;
  };
  const keepForLater = async (items: readonly ArrivedContent[]): Promise<void> => {
    const perSpace = Map.groupBy(items, (item) => item.wanted.space);
    await Promise.all([...perSpace].map(([space, held]) => deps.store.markHeld(space, held.map(toContent))));
  };
  const call = async (sent: Sent, want: number): Promise<number> => {
    const { leases } = await deps.hub.transfers({
      region: deps.region,
      done: sent.done.map((item) => item.wanted.transferId),
      failed: sent.failed.map((item) => item.wanted.transferId),
      held: sent.held,
      want,
    });
    deps.onLeased(leases);
    await Promise.all([
      leases.length > 0 ? deps.store.addWanted(leases) : undefined,
      sent.held.length > 0 ? deps.store.holdingsReported(sent.held) : undefined,
      sent.failed.length > 0 ? deps.store.wantedDone(sent.failed.map((item) => item.wanted.transferId)) : undefined,
    ]);
    return leases.length;
  };

  return {
    done: (items) => void done.push(...items),
    failed: (transfers) => void failed.push(...transfers),
    hubHasWork: () => void workCalls++,
    round: async () => {
      const want = wantNow();
      const held = await deps.store.unreportedHoldings(holdingsPerCallMax);
      const sent = { done: done.splice(0, transfersPerCallMax), failed: failed.splice(0, transfersPerCallMax), held };
      if (want + sent.done.length + sent.failed.length + held.length === 0) return false;
      const calls = workCalls;
      let leased: number;
      try {
        leased = await call(sent, want);
      } catch (cause) {
        deps.onKept(sent.failed);
        await keepForLater(sent.done);
        throw cause;
      }
      if (want > 0) {
        askedMs = deps.nowMs();
        // A full answer: there may be more. A wake-up that came meanwhile counts for the next round.
        if (leased < want) workCallsServed = calls;
      }
      return done.length + failed.length > 0 || held.length === holdingsPerCallMax || wantNow() > 0;
    },
    keepForLater: async () => {
      const kept = done;
      done = [];
      failed = [];
      await keepForLater(kept);
    },
  };
}

interface Sent {
  readonly done: readonly ArrivedContent[];
  readonly failed: readonly QueuedTransfer[];
  readonly held: Awaited<ReturnType<RegionStore['unreportedHoldings']>>;
}

const toContent = ({ content, chunks }: ArrivedContent): ContentWithChunks => ({ content, chunks });
