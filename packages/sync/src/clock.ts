import type { Stamp } from './causality.ts';
import { compareText } from './dot.ts';

/** State of a hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014). */
export interface Clock {
  readonly wallMs: number;
  readonly logical: number;
}

/** Readings of one millisecond: what stores hold in 32 bits. */
export const logicalMax = 2_147_483_647;

/** Next reading for a local operation: later than everything seen, close to `nowMs`. */
export function tickClock(clock: Clock, nowMs: number): Clock {
  if (nowMs > clock.wallMs) return { wallMs: nowMs, logical: 0 };
  // A foreign stamp may have used up its millisecond.
  return clock.logical < logicalMax ? { wallMs: clock.wallMs, logical: clock.logical + 1 } : { wallMs: clock.wallMs + 1, logical: 0 };
}

/** The clock after seeing another replica's stamp. */
export const mergeClock = (clock: Clock, seen: Clock): Clock =>
  compareReadings(seen, clock) > 0 ? { wallMs: seen.wallMs, logical: seen.logical } : clock;

/** A stamp further ahead of the hub than `aheadMsMax` is set back to that limit (SY9): a wrong clock may not win forever. */
export const clampStamp = (stamp: Stamp, nowMs: number, aheadMsMax: number): Stamp =>
  stamp.wallMs > nowMs + aheadMsMax ? { ...stamp, wallMs: nowMs + aheadMsMax } : stamp;

/** Total order of stamps: time, then the tie counter, then the replica's name. */
export const compareStamps = (left: Stamp, right: Stamp): number =>
  compareReadings(left, right) || compareText(left.replica, right.replica);

const compareReadings = (left: Clock, right: Clock): number => left.wallMs - right.wallMs || left.logical - right.logical;
