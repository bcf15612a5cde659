import type { FeedPosition, SpaceId } from '@jzse/sync';
import { type SpaceDeps, type SpaceReplication, startSpace } from './replicate-space.ts';

/** Every space on its way to the hub and back. */
export interface Spaces {
  of(space: SpaceId): SpaceReplication;
  /** The hub named a space and its head: made here if it is new, and passed over while it is not placed here. */
  noteHead(space: SpaceId, head: FeedPosition): Promise<void>;
  /** What is placed here may be otherwise now: spaces go, and come. */
  placementsChanged(): Promise<void>;
  known(space: SpaceId): SpaceReplication | null;
  all(): Iterable<SpaceId>;
  retryNow(): void;
  stop(): Promise<void>;
}

export interface SpacesDeps extends SpaceDeps {
  /** Absent: every space is. */
  readonly isPlaced?: (space: SpaceId) => boolean;
  /** False while something of it waits to be sent: then it stays, and nobody is served from it. Absent: none is left. */
  readonly leaveSpace?: (space: SpaceId) => Promise<boolean>;
}

export function createSpaces(deps: SpacesDeps): Spaces {
  const spaces = new Map<SpaceId, SpaceReplication>();
  /** Heads of spaces that are not placed here, in case they are one day. */
  const passedOver = new Map<SpaceId, FeedPosition>();
  const isPlaced = deps.isPlaced ?? (() => true);
  const of = (space: SpaceId): SpaceReplication => {
    const running = spaces.get(space) ?? startSpace(deps, space);
    spaces.set(space, running);
    return running;
  };
  const noteHead: Spaces['noteHead'] = async (space, head) => {
    if (!isPlaced(space)) {
      passedOver.set(space, head);
      return;
    }
    if (!spaces.has(space)) await deps.store.createSpace(space);
    of(space).noteHead(head);
  };
  const leave = async (space: SpaceId): Promise<void> => {
    await spaces.get(space)?.stop();
    spaces.delete(space);
    if ((await deps.leaveSpace?.(space)) === true) deps.logger.info({ space }, 'this space is not placed here any more: it is removed');
    else
      deps.logger.warn({ space }, 'this space is not placed here any more, and kept since changes of it were never sent; nobody sees it');
  };
  return {
    of,
    noteHead,
    placementsChanged: async () => {
      for (const space of await deps.store.listSpaces()) if (!isPlaced(space)) await leave(space);
      for (const [space, head] of passedOver) {
        if (!isPlaced(space)) continue;
        passedOver.delete(space);
        await noteHead(space, head);
      }
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
