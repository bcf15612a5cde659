import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import type { HubStore } from '@jzse/db/hub';
import type { FeedPosition, SpaceId } from '@jzse/sync';
import type { SafePositions } from './safe-positions.ts';

export interface NoteBackupDeps {
  readonly store: Pick<HubStore, 'head' | 'sequenceAt'>;
  readonly safe: Pick<SafePositions, 'of' | 'advance'>;
  readonly nowMs: () => number;
}
type Holds = Parameters<HubServices['noteBackup']>[1];

/** Rows are dated when their push came, and are committed a moment later: a backup that began in between does not hold them. */
const committedWithinMs = 60_000;

/** Never marks more than the backup holds: what is safe regions let go of, and a hub that is restored could not get it back (SY10). */
export function noteBackup(deps: NoteBackupDeps): HubServices['noteBackup'] {
  return async (space, holds) => {
    const { position: head } = await deps.store.head(space);
    await deps.safe.advance(space, await heldUpTo(deps, { space, head, holds }));
    return { safe: Math.min(await deps.safe.of(space), head.sequence), head };
  };
}

async function heldUpTo(
  { store, nowMs }: NoteBackupDeps,
  { space, head, holds }: { readonly space: SpaceId; readonly head: FeedPosition; readonly holds: Holds },
): Promise<number> {
  if (holds === undefined) return head.sequence;
  if ('upTo' in holds) {
    const { upTo } = holds;
    if (upTo.epoch === head.epoch && upTo.sequence <= head.sequence) return upTo.sequence;
    const message = `the log of ${space} is at change ${head.sequence} of epoch ${head.epoch}: a backup up to change ${upTo.sequence} of epoch ${upTo.epoch} is of another log`;
    throw new JzseError('precondition-failed', message, { detail: { space, head } });
  }
  if (holds.beganMs > nowMs()) {
    const message = `a backup that begins at ${new Date(holds.beganMs).toISOString()} has not begun: by the hub's clock it is ${new Date(nowMs()).toISOString()}`;
    throw new JzseError('invalid-input', message, { detail: { space } });
  }
  // Null: the log began, or was replaced, after that.
  return (await store.sequenceAt(space, holds.beganMs - committedWithinMs)) ?? 0;
}
