import type { SpaceEvent } from '@jzse/api/edge';
import type { EntryId, Hash, SpaceId } from '@jzse/sync';

/** What happened in a space of this region, kept for a while so that a watcher that was away can go on where it was. */
export interface SpaceChanges {
  /** `folders` null: anything may be shown otherwise. */
  shown(space: SpaceId, folders: readonly EntryId[] | null): void;
  held(space: SpaceId, hashes: readonly Hash[]): void;
  watch(space: SpaceId, options: WatchOptions): AsyncGenerator<{ readonly id: string; readonly event: SpaceEvent }>;
}
export interface WatchOptions {
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
}

interface Change {
  readonly folders: readonly EntryId[] | null;
  readonly hashes: readonly Hash[];
}
interface Log {
  /** Number of the first change that is kept. */
  first: number;
  readonly changes: Change[];
  readonly wake: Set<() => void>;
}

/** Changes kept a space; a watcher that was away for longer is told to read all again. */
const changesMax = 1_000;
/** Items named in one event. */
const itemsPerEventMax = 500;

/**
 * `boot` tells the lives of this process apart: an id of another life is too old by definition.
 * Watchers read from one shared log at their own pace, and what waits for them is told as one event: a slow one costs nothing.
 */
export function createSpaceChanges(deps: {
  readonly boot: string;
  readonly pathOf: (space: SpaceId, folder: EntryId) => Promise<string | null>;
}): SpaceChanges {
  const logs = new Map<SpaceId, Log>();
  const logOf = (space: SpaceId): Log => {
    const known = logs.get(space) ?? { first: 1, changes: [], wake: new Set() };
    logs.set(space, known);
    return known;
  };
  const append = (space: SpaceId, change: Change): void => {
    const log = logOf(space);
    log.changes.push(change);
    const excess = log.changes.length - changesMax;
    if (excess > 0) {
      log.changes.splice(0, excess);
      log.first += excess;
    }
    for (const wake of log.wake) wake();
  };
  const toEvents = async (space: SpaceId, changes: readonly Change[]): Promise<SpaceEvent[]> => {
    const folders = new Set(changes.flatMap((change) => change.folders ?? []));
    const hashes = new Set(changes.flatMap((change) => change.hashes));
    const isTooMuch = folders.size > itemsPerEventMax || hashes.size > itemsPerEventMax;
    if (isTooMuch || changes.some((change) => change.folders === null)) return [{ type: 'reset' }];
    const events: SpaceEvent[] = [];
    if (folders.size > 0) {
      const paths = await Promise.all([...folders].map((folder) => deps.pathOf(space, folder)));
      events.push({ type: 'changed', folders: [...folders], paths: paths.filter((path) => path !== null) });
    }
    if (hashes.size > 0) events.push({ type: 'held', hashes: [...hashes] });
    return events;
  };

  return {
    shown: (space, folders) => append(space, { folders, hashes: [] }),
    held: (space, hashes) => append(space, { folders: [], hashes }),
    watch: async function* (space, { lastEventId, signal }) {
      const log = logOf(space);
      const idOf = (number: number): string => `${deps.boot}-${number}`;
      const end = (): number => log.first + log.changes.length;
      let next = lastEventId === null ? end() : nextAfter(lastEventId, deps.boot);
      while (!signal.aborted) {
        if (next === null || next < log.first || next > end()) {
          next = end();
          yield { id: idOf(next - 1), event: { type: 'reset' } };
        }
        const changes = log.changes.slice(next - log.first);
        next += changes.length;
        for (const event of await toEvents(space, changes)) yield { id: idOf(next - 1), event };
        if (next === end()) await woken(log, signal);
      }
    },
  };
}

function nextAfter(id: string, boot: string): number | null {
  const [life, number] = id.split('-');
  return life === boot && number !== undefined && /^\d{1,15}$/.test(number) ? Number(number) + 1 : null;
}

function woken(log: Log, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      log.wake.delete(done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    log.wake.add(done);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}
