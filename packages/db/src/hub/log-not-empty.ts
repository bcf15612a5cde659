import type { SpaceId } from '@jzse/sync';

/** A state is to become the start of a log that has begun already, and nobody said that it may take its place. */
export class LogNotEmpty extends Error {
  readonly space: SpaceId;
  constructor(space: SpaceId) {
    super(
      `the log of ${space} has begun: regions add what it lacks by pushing. If some refuse it all the same, have the state of one of them take its place`,
    );
    this.name = 'LogNotEmpty';
    this.space = space;
  }
}
