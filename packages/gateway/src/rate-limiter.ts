/** So many points in so many seconds: all of them may be used at once, and they come back evenly. */
export interface RateLimit {
  readonly points: number;
  readonly windowS: number;
}
/** `waitMs` 0: taken. Else nothing was taken, and so long must pass before it can be. `restMs`: until all points are there again. */
export interface Taken {
  readonly left: number;
  readonly waitMs: number;
  readonly restMs: number;
}
export interface RateLimiter {
  readonly limit: RateLimit;
  take(key: string, points: number): Taken;
  /** Takes even what is not there, up to one whole window of debt. */
  charge(key: string, points: number): void;
  giveBack(key: string, points: number): void;
  readonly size: number;
}

/** Of sums of fractions, in milliseconds. */
const rounding = 1e-6;

/**
 * A limit for each of at most `keysMax` keys (generic cell rate algorithm: one number a key, no timers). When there are more, those that
 * were used longest ago are forgotten: whoever has that many addresses is not held by a limit of one of them.
 */
export function createRateLimiter({ limit, keysMax, nowMs }: RateLimiterOptions): RateLimiter {
  const windowMs = limit.windowS * 1000;
  const msPerPoint = windowMs / limit.points;
  /** When all points of a key will be there again. Two generations: to move keys to the end of one map would leave holes to be searched. */
  let young = new Map<string, number>();
  let old = new Map<string, number>();
  const wholeAtMs = (key: string): number | undefined => young.get(key) ?? old.get(key);
  const set = (key: string, atMs: number): void => {
    if (young.size >= keysMax / 2 && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, atMs);
  };
  return {
    limit,
    take: (key, points) => {
      const now = nowMs();
      const from = Math.max(now, wholeAtMs(key) ?? 0);
      const next = from + points * msPerPoint;
      const waitMs = next - windowMs - now;
      if (waitMs > rounding) return { left: leftAt(now, from, { windowMs, msPerPoint }), waitMs, restMs: from - now };
      set(key, next);
      return { left: leftAt(now, next, { windowMs, msPerPoint }), waitMs: 0, restMs: next - now };
    },
    charge: (key, points) => {
      const now = nowMs();
      set(key, Math.min(Math.max(now, wholeAtMs(key) ?? 0) + points * msPerPoint, now + 2 * windowMs));
    },
    giveBack: (key, points) => {
      const atMs = wholeAtMs(key);
      if (atMs !== undefined) set(key, atMs - points * msPerPoint);
    },
    get size() {
      return young.size + old.size;
    },
  };
}

export interface RateLimiterOptions {
  readonly limit: RateLimit;
  readonly keysMax: number;
  readonly nowMs: () => number;
}

function leftAt(now: number, wholeAtMs: number, { windowMs, msPerPoint }: { readonly windowMs: number; readonly msPerPoint: number }) {
  return Math.max(0, Math.floor((windowMs - (wholeAtMs - now)) / msPerPoint + 1e-9));
}
