import type { SpaceId } from '@jzse/sync';

/** A push of another epoch than the space's (SY10): its author must take a snapshot first. */
export class EpochMismatch extends Error {
  readonly space: SpaceId;
  readonly epoch: number;
  constructor(space: SpaceId, epochs: { readonly offered: number; readonly current: number }) {
    super(`the log of ${space} is in epoch ${epochs.current}, not ${epochs.offered}: take a snapshot, then push again`);
    this.name = 'EpochMismatch';
    this.space = space;
    this.epoch = epochs.current;
  }
}
