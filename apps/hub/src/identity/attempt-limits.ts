import { JzseError } from '@jzse/api';
import { createRateLimiter, type RateLimiter } from '@jzse/gateway';

/** Wrong passwords, codes and refresh tokens. Nobody's account is ever locked: from another address its owner signs in as before. */
export interface AttemptLimits {
  /**
   * Counts the attempt before its outcome is known, so that many at once cannot slip through, and takes that back unless the work throws
   * `wrong-credentials`. Throws `too-many-requests`.
   */
  attempt<T>(of: { readonly user: string | null; readonly address: string }, work: () => Promise<T>): Promise<T>;
}

const perUserAndAddress = { points: 10, windowS: 15 * 60 };
/** Behind one address may be a whole office. */
const perAddress = { points: 200, windowS: 15 * 60 };
const keysMax = 50_000;

export function createAttemptLimits({ nowMs }: { readonly nowMs: () => number }): AttemptLimits {
  const both = createRateLimiter({ limit: perUserAndAddress, keysMax, nowMs });
  const alone = createRateLimiter({ limit: perAddress, keysMax, nowMs });
  return {
    attempt: async ({ user, address }, work) => {
      const takeBack = take(
        user === null
          ? [[alone, address]]
          : [
              [both, `${address} ${user}`],
              [alone, address],
            ],
      );
      try {
        const outcome = await work();
        takeBack();
        return outcome;
      } catch (cause) {
        if (!(cause instanceof JzseError) || cause.code !== 'wrong-credentials') takeBack();
        throw cause;
      }
    },
  };
}

/** One point of all, or of none. Answers how to give them back. */
function take(points: readonly (readonly [RateLimiter, string])[]): () => void {
  const taken: (readonly [RateLimiter, string])[] = [];
  const takeBack = (): void => {
    for (const [limiter, key] of taken) limiter.giveBack(key, 1);
  };
  for (const [limiter, key] of points) {
    const { waitMs } = limiter.take(key, 1);
    if (waitMs > 0) {
      takeBack();
      const retryAfterS = Math.max(1, Math.ceil(waitMs / 1000));
      throw new JzseError('too-many-requests', `that was wrong too often: try again in ${retryAfterS} s`, { detail: { retryAfterS } });
    }
    taken.push([limiter, key]);
  }
  return takeBack;
}
