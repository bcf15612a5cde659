import type { WakeUp } from '@jzse/api/hub';

/** Wake-ups between the stream that brings them and the one who acts on them. Those that wait are merged: memory is one head a space. */
export interface WakeUpQueue {
  push(wakeUp: WakeUp): void;
  /** What waits is still read; then the reader is told. */
  fail(error: Error): void;
  read(signal: AbortSignal): AsyncGenerator<WakeUp>;
}

export function createWakeUpQueue(): WakeUpQueue {
  let waiting: WakeUp | null = null;
  let failure: Error | null = null;
  let wake: () => void = () => {};
  return {
    push: (wakeUp) => {
      waiting = waiting === null ? wakeUp : mergeWakeUps(waiting, wakeUp);
      wake();
    },
    fail: (error) => {
      failure ??= error;
      wake();
    },
    read: async function* (signal) {
      const onAbort = (): void => wake();
      signal.addEventListener('abort', onAbort);
      try {
        while (!signal.aborted) {
          if (waiting !== null) {
            const next: WakeUp = waiting;
            waiting = null;
            yield next;
          } else if (failure !== null) throw failure;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
  };
}

/** The later head of each space wins. */
export function mergeWakeUps(earlier: WakeUp, later: WakeUp): WakeUp {
  const heads = new Map([...earlier.heads, ...later.heads].map((item) => [item.space, item]));
  return { heads: [...heads.values()], transfers: earlier.transfers || later.transfers };
}
