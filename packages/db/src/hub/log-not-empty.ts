import type { SpaceId } from '@jzse/sync';

/** A state is to become the start of a log that has begun already. */
export class LogNotEmpty extends Error {
  readonly space: SpaceId;
  constructor(space: SpaceId) {
    super(`the log of ${space} has begun: regions add what it lacks by pushing, there is nothing to seed`);
    this.name = 'LogNotEmpty';
    this.space = space;
  }
}
