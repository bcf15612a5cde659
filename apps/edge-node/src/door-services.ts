import { JzseError, type RaisedEvent } from '@jzse/api';
import type { TrustServices } from '@jzse/api/edge';
import type { RegionStore } from '@jzse/db/region';
import type { Author, RegionId, SpaceId } from '@jzse/sync';
import type { ClosedDoorRow } from './write/guard-doors.ts';
import { undoChange } from './write/undo-change.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface DoorServicesDeps {
  readonly write: WriteDeps;
  /** What waits of a space may go out now. */
  readonly outboxChanged: (space: SpaceId) => void;
  readonly raise: (event: RaisedEvent) => void;
}
/** A door that is told to stay open for ever is none. */
const expectedMsMax = 24 * 3_600_000;

type DoorServices = Pick<TrustServices, 'doors' | 'openDoor' | 'undoDoor' | 'expectChange'>;

/** The doors of this region (SY14): which are closed, and the ways to open one. */
export function createDoorServices(deps: DoorServicesDeps): DoorServices {
  const { write } = deps;
  const { store } = write;
  return {
    doors: () => store.doors(),
    openDoor: async (space, author) => {
      const door = await doorOf(store, space);
      if (door !== null) await open(deps, { door, author, how: 'it was meant' });
    },
    undoDoor: async (space, author) => {
      const door = await doorOf(store, space);
      if (door === null) throw new JzseError('unknown-change', `the door of ${space} is not closed here; there is nothing to take back`);
      const outcome = await undoChange(write, { space, changeId: door.changeId, author });
      await open(deps, { door, author, how: 'it was taken back' });
      return outcome;
    },
    expectChange: async (space, untilMs) => {
      if (untilMs > write.nowMs() + expectedMsMax)
        throw new JzseError(
          'invalid-input',
          'a large change can be expected for at most 24 hours: say an earlier time, and say it again if it takes longer',
        );
      await store.expectChange(space, untilMs);
    },
  };
}

async function doorOf(store: Pick<RegionStore, 'doors'>, space: SpaceId): Promise<ClosedDoorRow | null> {
  return (await store.doors()).find((door) => door.space === space) ?? null;
}

async function open(
  { write, outboxChanged, raise }: DoorServicesDeps,
  { door, author, how }: { readonly door: ClosedDoorRow; readonly author: Author; readonly how: string },
): Promise<void> {
  const { space, changeId } = door;
  await write.store.openDoor(space);
  outboxChanged(space);
  raise({ type: 'door-opened', space, region: write.region, atMs: write.nowMs(), data: { changeId, how, by: author.user } });
}

export function doorClosedEvent(door: ClosedDoorRow, region: RegionId): RaisedEvent {
  const { space, sinceMs, reason, author, entries, changeId } = door;
  return { type: 'door-closed', space, region, atMs: sinceMs, data: { reason, by: author.user, device: author.device, entries, changeId } };
}
