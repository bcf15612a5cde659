import type { HubStore } from '@jzse/db/hub';
import type { SpaceId } from '@jzse/sync';

/** Up to where copies of each log are known to be, kept in memory: every pull names it. It may lag behind the store's, never lead. */
export interface SafePositions {
  of(space: SpaceId): Promise<number>;
  /** Never back. */
  advance(space: SpaceId, sequence: number): Promise<void>;
  /** Read anew when it is asked for next. */
  forget(space: SpaceId): void;
}

export function createSafePositions(store: Pick<HubStore, 'safe' | 'setSafe'>): SafePositions {
  const known = new Map<SpaceId, number>();
  const read = async (space: SpaceId): Promise<number> => {
    const sequence = await store.safe(space);
    known.set(space, sequence);
    return sequence;
  };
  return {
    of: async (space) => known.get(space) ?? read(space),
    advance: async (space, sequence) => {
      await store.setSafe(space, sequence);
      await read(space);
    },
    forget: (space) => known.delete(space),
  };
}
