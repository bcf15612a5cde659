import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** What is waited for, for the message when it does not come. */
  readonly what: string;
  readonly deadlineMs?: number;
  readonly pollMs?: number;
}

/**
 * Answers the first value of `check` that is not false, null or undefined.
 * An error of `check` counts as "not yet"; the last one is the cause when the deadline passes.
 */
export async function waitFor<T>(options: WaitOptions, check: () => Promise<T> | T): Promise<NonNullable<Exclude<T, false>>> {
  const { what, deadlineMs = 30_000, pollMs = 50 } = options;
  const endMs = performance.now() + deadlineMs;
  let cause: unknown;
  for (;;) {
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) return value as NonNullable<Exclude<T, false>>;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= endMs) throw new Error(`after ${deadlineMs} ms still not: ${what}`, { cause });
    await sleep(pollMs);
  }
}
