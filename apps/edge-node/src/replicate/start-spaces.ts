import type { SpaceId } from '@jzse/sync';
import { type SpaceDeps, type SpaceReplication, startSpace } from './replicate-space.ts';

/** Every space on its way to the hub and back. */
export interface Spaces {
  of(space: SpaceId): SpaceReplication;
  /** The same for a space that the hub named: made here if it is new. */
  created(space: SpaceId): Promise<SpaceReplication>;
  known(space: SpaceId): SpaceReplication | null;
  all(): Iterable<SpaceId>;
  retryNow(): void;
  stop(): Promise<void>;
}

export function createSpaces(deps: SpaceDeps): Spaces {
  const spaces = new Map<SpaceId, SpaceReplication>();
  const of = (space: SpaceId): SpaceReplication => {
    const running = spaces.get(space) ?? startSpace(deps, space);
    spaces.set(space, running);
    return running;
  };
  return {
    of,
    created: async (space) => {
      if (!spaces.has(space)) await deps.store.createSpace(space);
      return of(space);
    },
    known: (space) => spaces.get(space) ?? null,
    all: () => spaces.keys(),
    retryNow: () => {
      for (const space of spaces.values()) space.retryNow();
    },
    stop: async () => {
      await Promise.all([...spaces.values()].map((space) => space.stop()));
    },
  };
}
