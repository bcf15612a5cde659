import type { Author, SpaceId } from '@jzse/sync';
import type { RevisedPolicy } from '../space-policy.ts';
import type { Verification } from '../verification.ts';
import type { BulkOutcome } from './conflict-services.ts';

/** What goes out of this region is paused: reads and local work go on. */
export interface ClosedDoor {
  readonly space: SpaceId;
  readonly sinceMs: number;
  /** For people: who changed how much of it within what time. */
  readonly reason: string;
  readonly author: Author;
  readonly entries: number;
  readonly changeId: string;
}

/** Whether regions agree, and the guard against a change of too much at once. */
export interface TrustServices {
  /** Every region's digest against the hub's; `deep`: each computes it anew from all its rows. */
  verify(space: SpaceId, options: { readonly deep: boolean }): Promise<Verification>;
  /** Takes the hub's state in place of what is confirmed here, whatever that is; outstanding operations stay. */
  resync(space: SpaceId): Promise<void>;
  policy(space: SpaceId): Promise<RevisedPolicy>;
  doors(): Promise<readonly ClosedDoor[]>;
  /** It was meant: what waits goes out. */
  openDoor(space: SpaceId, author: Author): Promise<void>;
  /** It was not: everything that the change touched is brought back, and then all of it goes out. */
  undoDoor(space: SpaceId, author: Author): Promise<BulkOutcome>;
  /** A large change is coming and is meant: the door stays open until then. */
  expectChange(space: SpaceId, untilMs: number): Promise<void>;
}
