import type { WakeUp } from '@jzse/api/hub';
import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';

export interface SpaceHead {
  readonly space: SpaceId;
  readonly head: FeedPosition;
}

/** Where every feed ends, and who wants to hear when one moves. In memory only: what it says, it only hints. */
export interface WakeUpBoard {
  heads(): readonly SpaceHead[];
  /** Tells every reader, unless the head is known or older. */
  headMoved(space: SpaceId, head: FeedPosition): void;
  /** Tells the readers of the regions that `concerns` picks. */
  transfersWait(concerns: (region: RegionId) => boolean): void;
  /**
   * The first one comes at once and has all heads; then what changed since the last one that was taken. A reader that
   * takes none holds one position a space, however much happens. Ends with the signal, or when the board closes.
   */
  wakeUps(region: RegionId, signal: AbortSignal): AsyncGenerator<WakeUp, void, undefined>;
  readerCount(): number;
  close(): void;
}

interface Reader {
  readonly region: RegionId;
  moved: Map<SpaceId, FeedPosition>;
  transfers: boolean;
  notify: () => void;
}

export function createWakeUpBoard(known: readonly SpaceHead[]): WakeUpBoard {
  const heads = new Map(known.map(({ space, head }) => [space, head]));
  const readers = new Set<Reader>();
  const closed = new AbortController();

  async function* wakeUps(region: RegionId, signal: AbortSignal): AsyncGenerator<WakeUp, void, undefined> {
    const reader: Reader = { region, moved: new Map(heads), transfers: true, notify: () => undefined };
    const stop = AbortSignal.any([signal, closed.signal]);
    const wake = (): void => reader.notify();
    readers.add(reader);
    stop.addEventListener('abort', wake);
    try {
      while (!stop.aborted) {
        yield take(reader);
        while (!stop.aborted && reader.moved.size === 0 && !reader.transfers) await notified(reader);
      }
    } finally {
      readers.delete(reader);
      stop.removeEventListener('abort', wake);
    }
  }

  return {
    heads: () => headsOf(heads),
    headMoved: (space, head) => {
      const before = heads.get(space);
      if (before !== undefined && comparePositions(before, head) >= 0) return;
      heads.set(space, head);
      for (const reader of readers) {
        reader.moved.set(space, head);
        reader.notify();
      }
    },
    transfersWait: (concerns) => {
      for (const reader of readers) {
        if (!concerns(reader.region)) continue;
        reader.transfers = true;
        reader.notify();
      }
    },
    wakeUps,
    readerCount: () => readers.size,
    close: () => closed.abort(),
  };
}

function take(reader: Reader): WakeUp {
  const wakeUp = { heads: headsOf(reader.moved), transfers: reader.transfers };
  reader.moved = new Map();
  reader.transfers = false;
  return wakeUp;
}

const notified = (reader: Reader): Promise<void> =>
  new Promise((resolve) => {
    reader.notify = resolve;
  });

const headsOf = (heads: ReadonlyMap<SpaceId, FeedPosition>): SpaceHead[] => [...heads].map(([space, head]) => ({ space, head }));
