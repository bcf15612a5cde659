import type { SpaceId } from '@jzse/sync';

/** The author of a push knows another log of this epoch than the hub has (SY10): it finds where they part and raises the epoch. */
export class LogDiffers extends Error {
  readonly space: SpaceId;
  readonly sequence: number;
  constructor(space: SpaceId, sequence: number) {
    super(`the log of ${space} has another row at ${sequence} than the region knows, or ends before it: raise the epoch, then push again`);
    this.name = 'LogDiffers';
    this.space = space;
    this.sequence = sequence;
  }
}
