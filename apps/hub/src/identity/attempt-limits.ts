import { JzseError } from '@jzse/api';
import { createRateLimiter, type RateLimiter } from '@jzse/gateway';

/** Wrong passwords, codes and refresh tokens. Nobody's account is ever locked: from another address its owner signs in as before. */
export interface AttemptLimits {
  /** Counts one attempt before its outcome is known, so that many at once cannot slip through. Throws `too-many-requests`. */
  begin(of: { readonly user: string | null; readonly address: string }): Attempt;
}
export interface Attempt {
  /** It was right after all: it does not count. */
  succeeded(): void;
}

const perUserAndAddress = { points: 10, windowS: 15 * 60 };
/** Behind one address may be a whole office. */
const perAddress = { points: 200, windowS: 15 * 60 };
const keysMax = 50_000;

export function createAttemptLimits({ nowMs }: { readonly nowMs: () => number }): AttemptLimits {
  const both = createRateLimiter({ limit: perUserAndAddress, keysMax, nowMs });
  const alone = createRateLimiter({ limit: perAddress, keysMax, nowMs });
  return {
    begin: ({ user, address }) => {
      const used: [RateLimiter, string][] = [[alone, address]];
      if (user !== null) used.unshift([both, `${address} ${user}`]);
      used.forEach(([limiter, key], at) => {
        const { waitMs } = limiter.take(key, 1);
        if (waitMs === 0) return;
        for (const [taken, takenKey] of used.slice(0, at)) taken.giveBack(takenKey, 1);
        const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
        throw new JzseError('too-many-requests', `that was wrong too often: try again in ${retryAfterS} s`, { detail: { retryAfterS } });
      });
      return {
        succeeded: () => {
          for (const [limiter, key] of used) limiter.giveBack(key, 1);
        },
      };
    },
  };
}
