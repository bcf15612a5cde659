import type { SpaceId } from '@jzse/sync';

/** A log is not given up for the state of a region: nothing would be gained, or something would be lost. Nothing was changed. */
export class LogNotReplaced extends Error {
  readonly space: SpaceId;
  constructor(space: SpaceId, why: string) {
    super(`the log of ${space} stays as it is: ${why}`);
    this.name = 'LogNotReplaced';
    this.space = space;
  }
}
