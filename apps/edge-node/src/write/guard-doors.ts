import type { Committed, RegionStore } from '@jzse/db/region';
import type { Author, Effect, Operation, RegionId, ReplicaId, SpaceId } from '@jzse/sync';
import { decideDoor } from '@jzse/sync';
import { readPolicy } from './read-policy.ts';

export interface GuardDeps {
  readonly nowMs: () => number;
  readonly newChangeId: () => string;
  /** Told after a door closed. Must not throw. */
  readonly onClosed: (door: ClosedDoorRow) => void;
  /** A commit could not be looked at; it stands, and goes out. Must not throw. */
  readonly onFailure: (cause: unknown) => void;
}
export type ClosedDoorRow = Awaited<ReturnType<RegionStore['doors']>>[number];
type Guarded = Pick<RegionStore, 'commit' | 'doors' | 'openDoor'>;

/** The limits of a policy are read again after this time, where nothing else asks for them. */
const limitsKnownMs = 10_000;
/** Authors that are remembered; more are looked at anew. */
const authorsMax = 10_000;

/** What is known of one author in one space since it was looked at last: so that small changes cost nothing. */
interface Watched {
  /** At most so many files were touched within the window. */
  entriesMax: number;
  /** Fewer close no door. */
  entriesMin: number;
  readMs: number;
}

/**
 * The same store, which closes a space's door in the step of the commit that touches too much (SY14): `doors` is answered only when every
 * commit that is flushed was looked at, so nothing of it goes out before. The process may have died between the two: what was committed
 * then is looked at when `doors` is asked for first.
 */
export function guardDoors<Store extends RegionStore>(store: Store, deps: GuardDeps): Store {
  const watched = new Map<string, Watched>();
  const underway = new Set<Promise<void>>();
  let lookedBack: Promise<void> | null = null;
  const guarded: Guarded = {
    commit: async (request) => {
      const looked = Promise.withResolvers<void>();
      const decide: typeof request.decide = (view) => {
        const operations = request.decide(view);
        // Inside the transaction: whoever sees it in the outbox finds this already here.
        if (operations.some(touches)) underway.add(looked.promise);
        return operations;
      };
      try {
        const committed = await store.commit({ ...request, decide });
        await look(store, deps, { space: request.space, committed, watched });
        return committed;
      } finally {
        underway.delete(looked.promise);
        looked.resolve();
      }
    },
    doors: async () => {
      lookedBack ??= lookBack(store, deps);
      try {
        await lookedBack;
      } catch (cause) {
        lookedBack = null;
        throw cause;
      }
      if (underway.size > 0) await Promise.all(underway);
      return store.doors();
    },
    openDoor: async (space) => {
      await store.openDoor(space);
      watched.clear();
    },
  };
  return { ...store, ...guarded };
}

const touches = ({ type }: Pick<Operation, 'type'>): boolean => type === 'delete' || type === 'move' || type === 'write';

/** With a folder that moves goes all below it. */
const isFolder = (effect: Effect): boolean => effect.type === 'entry' && effect.entry.kind === 'folder';

interface Look {
  readonly space: SpaceId;
  readonly committed: Committed;
  readonly watched: Map<string, Watched>;
}

async function look(store: RegionStore, deps: GuardDeps, { space, committed, watched }: Look): Promise<void> {
  const [first] = committed.operations.filter(touches);
  if (first === undefined) return;
  const { author } = first;
  const key = JSON.stringify([space, author.user, author.device]);
  const known = watched.get(key);
  if (known !== undefined) {
    known.entriesMax += committed.effects.filter((effect) => effect.type === 'entry').length;
    if (!committed.effects.some(isFolder) && known.entriesMax < known.entriesMin && deps.nowMs() - known.readMs < limitsKnownMs) return;
  }
  try {
    if (watched.size > authorsMax) watched.clear();
    watched.set(key, await decide(store, deps, { space, author, atMs: deps.nowMs() }));
  } catch (cause) {
    deps.onFailure(cause);
  }
}

/** The last commits of each author who has something waiting, as they would have been looked at when they were made. */
async function lookBack(store: RegionStore, deps: GuardDeps): Promise<void> {
  const region = regionOf(store.replica());
  for (const space of region === null ? [] : await store.spacesWithOutbox()) {
    for (const { user, device, lastMs } of await store.unsentAuthors(space))
      await decide(store, deps, { space, author: { user, device, region: region as RegionId }, atMs: lastMs });
  }
}

const regionOf = (replica: ReplicaId | null): string | null => replica?.split(':')[0] ?? null;

interface Question {
  readonly space: SpaceId;
  readonly author: Author;
  /** The window ends then. */
  readonly atMs: number;
}

async function decide(store: RegionStore, deps: GuardDeps, { space, author, atMs }: Question): Promise<Watched> {
  const { doors: limits } = await readPolicy(store, space);
  const expectedUntilMs = await store.expectedUntilMs(space);
  // What was expected does not count afterwards either.
  const sinceMs = Math.max(atMs - limits.windowMinutes * 60_000, Math.min(expectedUntilMs, atMs));
  const touched = await store.recentChanges(space, author, sinceMs);
  const entriesMin = Math.max(limits.entriesMin, (touched.total * limits.sharePercent) / 100);
  const seen = { entriesMax: touched.entries, entriesMin, readMs: deps.nowMs() };
  if (expectedUntilMs > atMs || decideDoor(touched, limits) === 'open') return seen;
  if ((await store.doors()).some((door) => door.space === space)) return seen;
  const share = Math.round((touched.entries * 100) / Math.max(1, touched.total));
  const door = {
    space,
    sinceMs: deps.nowMs(),
    reason: `${author.user} (${author.device}, ${author.region}) deleted, moved or rewrote ${touched.entries} of ${touched.total} files (${share} %) within ${limits.windowMinutes} minutes`,
    author,
    entries: touched.entries,
    changeId: deps.newChangeId(),
  };
  await store.closeDoor(door, sinceMs);
  deps.onClosed(door);
  return seen;
}
