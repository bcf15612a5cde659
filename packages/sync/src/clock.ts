import type { Stamp } from './causality.ts';
import { compareText } from './dot.ts';

/** State of a hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014). */
export interface Clock {
  readonly wallMs: number;
  readonly logical: number;
}

/** Next reading for a local operation: later than everything seen, close to `nowMs`. */
export const tickClock = (clock: Clock, nowMs: number): Clock =>
  nowMs > clock.wallMs ? { wallMs: nowMs, logical: 0 } : { wallMs: clock.wallMs, logical: clock.logical + 1 };

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
