import { JzseError } from '@jzse/api';
import type { HubServices } from '@jzse/api/hub';
import { dotKey } from '@jzse/sync';
import { epochBeganMs } from '../epochs/epoch-time.ts';

/** So long regions may have to bring back what a log has lost: as long as tombstones are kept, no region has anything older to offer. */
const bringBackMs = 30 * 86_400_000;

/**
 * A region pushes what its own people did. What others did it hands on only to a log that has begun anew, which may have lost it (SY10).
 * Throws `forbidden`.
 */
export function checkPushed(push: Pick<Parameters<HubServices['push']>[0], 'region' | 'epoch' | 'operations'>, nowMs: number): void {
  const { region, epoch, operations } = push;
  const own = `${region}:`;
  const foreign = operations.find(({ dot }) => !dot.replica.startsWith(own));
  if (foreign === undefined || nowMs - epochBeganMs(epoch) < bringBackMs) return;
  throw new JzseError('forbidden', `${dotKey(foreign.dot)} is a change of another region, and this log has lost none`, {
    detail: { region },
  });
}
