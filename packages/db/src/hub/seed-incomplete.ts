import type { SpaceId } from '@jzse/sync';

/** Pages of a state that is to become a log did not come, or were dropped with the hub that had taken them. */
export class SeedIncomplete extends Error {
  readonly space: SpaceId;
  readonly missing: number;
  constructor(space: SpaceId, missing: number) {
    super(`${missing} ${missing === 1 ? 'page' : 'pages'} of the state of ${space} are missing: send all of them again`);
    this.name = 'SeedIncomplete';
    this.space = space;
    this.missing = missing;
  }
}
