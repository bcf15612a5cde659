import type { ReplicaId } from './identifiers.ts';

/** Names one operation of a space, once. Counters grow by one per replica and space, from 1. */
export interface Dot {
  readonly replica: ReplicaId;
  readonly counter: number;
}

/** Position in the hub's log of a space. Sequence 0 is the empty space. */
export interface FeedPosition {
  readonly epoch: number;
  readonly sequence: number;
}

/** What the author of an operation had seen: the hub position plus its own counter before this operation. */
export interface CausalContext {
  readonly position: FeedPosition;
  readonly counter: number;
}

/** Hybrid logical clock reading (milliseconds since 1970, logical tie counter) plus replica: totally ordered. */
export interface Stamp {
  readonly wallMs: number;
  readonly logical: number;
  readonly replica: ReplicaId;
}

/** Where each epoch ended: `forks[epoch]` is the last sequence of it that the next epoch kept. */
export type Forks = Readonly<Record<number, number>>;
