import { type ErrorCode, JzseError } from '@jzse/api';
import { backOffMs, pause } from '../back-off.ts';

const pace = { firstMs: 200, maxMs: 4_000 };
/** About eight seconds in all: a server that is started again is back by then. */
const attemptsMax = 6;
const passing: ReadonlySet<ErrorCode> = new Set(['unreachable', 'not-ready', 'internal', 'storage-full', 'content-unavailable']);

/** Calls again, after a growing pause, while the error is one that passes by itself. `attempt` counts from 0. */
export async function withRetries<T>(signal: AbortSignal, call: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call(attempt);
    } catch (error) {
      const again = error instanceof JzseError && passing.has(error.code) && attempt + 1 < attemptsMax;
      if (!again || signal.aborted) throw error;
      await pause(backOffMs(attempt, pace), signal);
      signal.throwIfAborted();
    }
  }
}
