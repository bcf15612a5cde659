import type { WakeUp } from '@jzse/api/hub';
import type { FeedPosition, RegionId, SpaceId } from '@jzse/sync';
import { comparePositions } from '@jzse/sync';

export interface SpaceHead {
  readonly space: SpaceId;
  readonly head: FeedPosition;
}
export interface PolicyRevision {
  readonly space: SpaceId;
  readonly revision: number;
}

/** Where every feed ends, and who wants to hear when one moves. In memory only: what it says, it only hints. */
export interface WakeUpBoard {
  heads(): readonly SpaceHead[];
  /** Tells every reader, unless the head is known or older. */
  headMoved(space: SpaceId, head: FeedPosition): void;
  /** The log ends earlier than was known: the database was restored. Tells every reader. */
  headWentBack(space: SpaceId, head: FeedPosition): void;
  /** Tells the readers of the regions that `concerns` picks. */
  transfersWait(concerns: (region: RegionId) => boolean): void;
  mergesWait(concerns: (region: RegionId) => boolean): void;
  /** Tells every reader, unless the revision is known or older. */
  policyChanged(space: SpaceId, revision: number): void;
  /** Tells every reader, unless it is known. */
  directoryAt(revision: number): void;
  /** Has every reader ask for the directory, though nothing in it has changed. */
  askAboutDirectory(): void;
  /** Asks the readers of the regions that `concerns` picks to report. */
  reportWanted(space: SpaceId, options: { readonly deep: boolean; readonly concerns: (region: RegionId) => boolean }): void;
  /** Asks one region for its state of a space. */
  seedWanted(region: RegionId, space: SpaceId): void;
  /**
   * The first one comes at once and has all heads and policies; then what changed since the last one that was taken. A reader that
   * takes none holds a few facts a space, however much happens. Ends with the signal, or when the board closes.
   */
  wakeUps(region: RegionId, signal: AbortSignal): AsyncGenerator<WakeUp, void, undefined>;
  /** Regions that listen now, each once. */
  listening(): readonly RegionId[];
  readerCount(): number;
  close(): void;
}

/** What a reader has not taken yet. */
interface News {
  moved: Map<SpaceId, FeedPosition>;
  transfers: boolean;
  merges: boolean;
  policies: Map<SpaceId, number>;
  /** Asked for reports, by space; true: deep ones. */
  reports: Map<SpaceId, boolean>;
  seeds: Set<SpaceId>;
  directory: number | null;
}
interface Reader extends News {
  readonly region: RegionId;
  notify: () => void;
}

export function createWakeUpBoard(known: readonly SpaceHead[], decided: readonly PolicyRevision[] = []): WakeUpBoard {
  const heads = new Map(known.map(({ space, head }) => [space, head]));
  const policies = new Map(decided.filter(({ revision }) => revision > 0).map(({ space, revision }) => [space, revision]));
  const readers = new Set<Reader>();
  let directory: number | null = null;
  const closed = new AbortController();

  const tell = (concerns: (region: RegionId) => boolean, note: (reader: Reader) => void): void => {
    for (const reader of readers) {
      if (!concerns(reader.region)) continue;
      note(reader);
      reader.notify();
    }
  };
  const everyone = (): boolean => true;
  const putHead = (space: SpaceId, head: FeedPosition): void => {
    heads.set(space, head);
    tell(everyone, (reader) => reader.moved.set(space, head));
  };

  async function* wakeUps(region: RegionId, signal: AbortSignal): AsyncGenerator<WakeUp, void, undefined> {
    const first = { moved: new Map(heads), policies: new Map(policies), transfers: true, merges: true, directory };
    const reader: Reader = { ...noNews(), ...first, region, notify: () => undefined };
    const stop = AbortSignal.any([signal, closed.signal]);
    const wake = (): void => reader.notify();
    readers.add(reader);
    stop.addEventListener('abort', wake);
    try {
      while (!stop.aborted) {
        yield take(reader);
        while (!stop.aborted && !hasNews(reader)) await notified(reader);
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
      if (before === undefined || comparePositions(before, head) < 0) putHead(space, head);
    },
    headWentBack: putHead,
    transfersWait: (concerns) =>
      tell(concerns, (reader) => {
        reader.transfers = true;
      }),
    mergesWait: (concerns) =>
      tell(concerns, (reader) => {
        reader.merges = true;
      }),
    policyChanged: (space, revision) => {
      if ((policies.get(space) ?? 0) >= revision) return;
      policies.set(space, revision);
      tell(everyone, (reader) => reader.policies.set(space, revision));
    },
    directoryAt: (revision) => {
      if (revision === directory) return;
      directory = revision;
      tell(everyone, (reader) => {
        reader.directory = revision;
      });
    },
    askAboutDirectory: () =>
      tell(everyone, (reader) => {
        reader.directory = directory ?? 0;
      }),
    reportWanted: (space, { deep, concerns }) =>
      tell(concerns, (reader) => reader.reports.set(space, deep || (reader.reports.get(space) ?? false))),
    seedWanted: (region, space) =>
      tell(
        (reader) => reader === region,
        (reader) => reader.seeds.add(space),
      ),
    wakeUps,
    listening: () => [...new Set([...readers].map(({ region }) => region))],
    readerCount: () => readers.size,
    close: () => closed.abort(),
  };
}

const noNews = (): News => ({
  moved: new Map(),
  transfers: false,
  merges: false,
  policies: new Map(),
  reports: new Map(),
  seeds: new Set(),
  directory: null,
});

function hasNews(news: News): boolean {
  const { moved, transfers, merges, policies, reports, seeds } = news;
  return transfers || merges || news.directory !== null || moved.size + policies.size + reports.size + seeds.size > 0;
}

/** A wake-up names one space to send; others follow with the next. */
function take(reader: Reader): WakeUp {
  const { moved, transfers, merges, policies, reports, directory } = reader;
  const [seed, ...seeds] = reader.seeds;
  Object.assign(reader, noNews(), { seeds: new Set(seeds) });
  return {
    heads: headsOf(moved),
    transfers,
    ...(merges ? { merges } : {}),
    ...(directory === null ? {} : { directory }),
    ...(policies.size > 0 ? { policies: [...policies].map(([space, revision]) => ({ space, revision })) } : {}),
    ...(reports.size > 0 ? { report: { spaces: [...reports.keys()], deep: [...reports.values()].includes(true) } } : {}),
    ...(seed === undefined ? {} : { seed }),
  };
}

const notified = (reader: Reader): Promise<void> =>
  new Promise((resolve) => {
    reader.notify = resolve;
  });

const headsOf = (heads: ReadonlyMap<SpaceId, FeedPosition>): SpaceHead[] => [...heads].map(([space, head]) => ({ space, head }));
