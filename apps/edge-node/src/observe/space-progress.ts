import type { RegionStore } from '@jzse/db/region';
import type { CausalToken, Dot, FeedPosition, Forks, ReplicaId, SpaceId } from '@jzse/sync';

/** How far this region is in each space, for those who wait for it to be further. */
export interface SpaceProgress {
  /** What whoever reads here now has seen. */
  token(space: SpaceId): Promise<CausalToken>;
  hasSeen(token: CausalToken): Promise<boolean>;
  /** Called after each change of what is confirmed or committed; the answer ends it. */
  onMoved(space: SpaceId, moved: () => void): () => void;
}

type Watched = Pick<RegionStore, 'commit' | 'applyFeed' | 'applySnapshot'>;

/** The same store, whose changes are noticed, and what they amount to. */
export function watchProgress<Store extends RegionStore>(store: Store): { readonly store: Store; readonly progress: SpaceProgress } {
  const waiting = new Map<SpaceId, Set<() => void>>();
  const lastDots = new Map<SpaceId, Promise<Dot | null> | Dot>();
  const tell = (space: SpaceId): void => {
    for (const moved of waiting.get(space) ?? []) moved();
  };
  const watched: Watched = {
    commit: async (request) => {
      const committed = await store.commit(request);
      const last = committed.operations.at(-1);
      if (last !== undefined) {
        lastDots.set(request.space, last.dot);
        tell(request.space);
      }
      return committed;
    },
    applyFeed: async (space, rows) => {
      const applied = await store.applyFeed(space, rows);
      tell(space);
      return applied;
    },
    applySnapshot: async (space, snapshot) => {
      const applied = await store.applySnapshot(space, snapshot);
      tell(space);
      return applied;
    },
  };
  const lastDot = async (space: SpaceId): Promise<Dot | null> => {
    const replica = store.replica();
    if (replica === null) return null;
    const known = await lastDots.get(space);
    // A new replica's counters begin anew.
    if (known !== undefined && (known === null || known.replica === replica)) return known;
    const reading = readLastDot(store, space);
    lastDots.set(space, reading);
    reading.catch(() => lastDots.delete(space));
    return reading;
  };
  return {
    store: { ...store, ...watched },
    progress: {
      token: async (space) => ({ space, dot: await lastDot(space), position: (await store.cursor(space)).position }),
      hasSeen: async ({ space, position, dot }) => {
        // Of a space that is not here nothing is shown, so nothing of its past either.
        if (!(await store.listSpaces()).includes(space)) return true;
        const cursor = await store.cursor(space);
        if (!reaches(cursor, position)) return false;
        if (dot === null) return true;
        const own = await lastDot(space);
        if (own?.replica === dot.replica) return dot.counter <= own.counter;
        if (isFormerLife(dot, store.replica())) return true;
        return dot.counter <= ((await store.acknowledgedCounters(space))[dot.replica] ?? 0);
      },
      onMoved: (space, moved) => {
        const others = waiting.get(space) ?? new Set();
        waiting.set(space, others.add(moved));
        return () => {
          others.delete(moved);
          if (others.size === 0 && waiting.get(space) === others) waiting.delete(space);
        };
      },
    },
  };
}

/** What a former life of this store committed is in the log, or has another dot here now, or is gone for good: nothing is left to wait for. */
function isFormerLife(dot: Dot, own: ReplicaId | null): boolean {
  const [region, life] = dot.replica.split(':');
  const [ownRegion, ownLife] = own?.split(':') ?? [];
  return region === ownRegion && Number(life) < Number(ownLife);
}

/** Only a commit is told the counter; this one commits nothing. */
async function readLastDot(store: RegionStore, space: SpaceId): Promise<Dot | null> {
  let last: Dot | null = null;
  await store.commit({
    space,
    contents: [],
    decide: ({ replica, lastCounter }) => {
      last = lastCounter === 0 ? null : { replica, counter: lastCounter };
      return [];
    },
  });
  return last;
}

/** In a later epoch, what an earlier one kept is where it was; for what it lost, only the dots of what was offered again can speak. */
function reaches(
  { position: cursor, forks }: { readonly position: FeedPosition; readonly forks: Forks },
  { epoch, sequence }: FeedPosition,
): boolean {
  if (cursor.epoch < epoch) return false;
  const ends = Object.entries(forks).filter(([ended]) => Number(ended) >= epoch && Number(ended) < cursor.epoch);
  return cursor.sequence >= Math.min(sequence, ...ends.map(([, end]) => end));
}
