import { type ConcurrencyBounds, type ConcurrencyLimit, createConcurrencyLimit } from './concurrency-limit.ts';
import { createWaitingLine, type WaitingLine } from './waiting-line.ts';

/** A request that wants to be worked on. Exactly one of the two is called, once. */
export interface Job {
  readonly start: (place: Place) => void;
  /** It waited too long, or too many wait. */
  readonly refuse: () => void;
}
/** A place among those that are worked on. */
export interface Place {
  /** The answer begins to go out, or nobody waits for it any more; again: nothing happens. `kind` null: how long it took says nothing. */
  leave(kind: string | null): void;
}

/** Requests of one class: those that are worked on, and those that wait. */
export interface Lane {
  readonly limit: ConcurrencyLimit;
  readonly waiting: WaitingLine<Waiting>;
  /** In the order of their start. */
  readonly working: Set<Working>;
  /** Of those, the ones that take no place any more. */
  slow: number;
  /** Turns go to the lane that had the fewest. */
  served: number;
}
export interface Waiting {
  readonly job: Job;
  readonly sinceMs: number;
}
export interface Working {
  readonly sinceMs: number;
  readonly isAlone: boolean;
  isSlow: boolean;
}

/** So few under way count as none: a request's time is its own then. */
const aloneMax = 2;

export const newLane = (bounds: ConcurrencyBounds): Lane => ({
  limit: createConcurrencyLimit(bounds),
  waiting: createWaitingLine(),
  working: new Set(),
  slow: 0,
  served: 0,
});

export const inFlight = ({ working, slow }: Lane): number => working.size - slow;
export const hasRoom = (lane: Lane): boolean => inFlight(lane) < lane.limit.now;

/** `left` is called when the place is free again. */
export function startJob(lane: Lane, job: Job, { nowMs, left }: { readonly nowMs: () => number; readonly left: () => void }): void {
  const working: Working = { sinceMs: nowMs(), isAlone: inFlight(lane) < aloneMax && lane.waiting.length === 0, isSlow: false };
  lane.working.add(working);
  job.start({
    leave: (kind) => {
      const isFull = !hasRoom(lane);
      if (!lane.working.delete(working)) return;
      if (working.isSlow) lane.slow--;
      else if (kind !== null) lane.limit.note({ kind, ms: nowMs() - working.sinceMs, isAlone: working.isAlone, isFull });
      left();
    },
  });
}

/** Whoever was served for too long gives up its place, as long as not too many have. */
export function releaseSlow(lane: Lane, sinceMs: number, slowMax: number): void {
  for (const working of lane.working) {
    if (working.sinceMs > sinceMs || lane.slow >= slowMax) return;
    if (working.isSlow) continue;
    working.isSlow = true;
    lane.slow++;
  }
}

export function refuseOld({ waiting }: Lane, { sinceMs, max }: { readonly sinceMs: number; readonly max: number }): void {
  for (let refused = 0; refused < max; refused++) {
    const oldest = waiting.oldest();
    if (oldest === undefined || oldest.sinceMs > sinceMs) return;
    waiting.takeOldest()?.job.refuse();
  }
}
