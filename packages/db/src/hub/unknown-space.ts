import type { SpaceId } from '@jzse/sync';

/** The hub has no space of this id. */
export class UnknownSpace extends Error {
  readonly space: SpaceId;
  constructor(space: SpaceId) {
    super(`unknown space ${space}: create it first`);
    this.name = 'UnknownSpace';
    this.space = space;
  }
}
