import { JzseError } from '@jzse/api';

/** Wrong guesses are bounded by rate, never by locking an account: nobody can shut somebody else out for good. */
export interface Attempts {
  /** Throws `too-many-requests`. */
  check(of: AttemptOf): void;
  failed(of: AttemptOf): void;
}
export interface AttemptOf {
  readonly user: string;
  readonly address: string;
}

interface Bucket {
  readonly failures: number;
  readonly atMs: number;
}

/** So many wrong guesses at once; one more is forgiven every so often. */
const limits = [
  { keyOf: ({ user, address }: AttemptOf) => `both ${user} ${address}`, max: 5, forgiveMs: 30_000 },
  { keyOf: ({ address }: AttemptOf) => `address ${address}`, max: 50, forgiveMs: 6_000 },
  { keyOf: ({ user }: AttemptOf) => `user ${user}`, max: 30, forgiveMs: 10_000 },
] as const;
const rememberedMax = 50_000;

export function createAttempts(nowMs: () => number): Attempts {
  const buckets = new Map<string, Bucket>();
  const present = (key: string, forgiveMs: number): number => {
    const bucket = buckets.get(key);
    return bucket === undefined ? 0 : Math.max(0, bucket.failures - (nowMs() - bucket.atMs) / forgiveMs);
  };
  return {
    check: (of) => {
      for (const { keyOf, max, forgiveMs } of limits) {
        const over = present(keyOf(of), forgiveMs) - (max - 1);
        if (over <= 0) continue;
        const retryAfterS = Math.ceil((over * forgiveMs) / 1000);
        throw new JzseError('too-many-requests', `too many wrong sign-ins: try again in ${retryAfterS} s`, { detail: { retryAfterS } });
      }
    },
    failed: (of) => {
      for (const { keyOf, forgiveMs } of limits) {
        const key = keyOf(of);
        const failures = present(key, forgiveMs) + 1;
        buckets.delete(key);
        buckets.set(key, { failures, atMs: nowMs() });
      }
      for (const [oldest] of buckets) {
        if (buckets.size <= rememberedMax) return;
        buckets.delete(oldest);
      }
    },
  };
}
