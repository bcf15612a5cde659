import type { WakeUp } from '@jzse/api/hub';

/** Wake-ups between the stream that brings them and the one who acts on them. Those that wait are merged: memory is one head a space, and one wake-up for each space whose state is wanted. */
export interface WakeUpQueue {
  push(wakeUp: WakeUp): void;
  /** What waits is still read; then the reader is told. */
  fail(error: Error): void;
  read(signal: AbortSignal): AsyncGenerator<WakeUp>;
}

export function createWakeUpQueue(): WakeUpQueue {
  let waiting: WakeUp[] = [];
  let failure: Error | null = null;
  let wake: () => void = () => {};
  return {
    push: (wakeUp) => {
      const last = waiting.at(-1);
      if (last === undefined || asksForTwoStates(last, wakeUp)) waiting.push(wakeUp);
      else waiting[waiting.length - 1] = mergeWakeUps(last, wakeUp);
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
          const [next, ...rest] = waiting;
          if (next !== undefined) {
            waiting = rest;
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

const asksForTwoStates = (earlier: WakeUp, later: WakeUp): boolean =>
  earlier.seed !== undefined && later.seed !== undefined && earlier.seed !== later.seed;

/** The later head and revision of each space win; whatever was asked is asked still. Of two states that are asked for only the later is. */
export function mergeWakeUps(earlier: WakeUp, later: WakeUp): WakeUp {
  const heads = new Map([...earlier.heads, ...later.heads].map((item) => [item.space, item]));
  const policies = new Map([...(earlier.policies ?? []), ...(later.policies ?? [])].map((item) => [item.space, item]));
  const report = mergeReports(earlier.report, later.report);
  const seed = later.seed ?? earlier.seed;
  const directory = later.directory ?? earlier.directory;
  return {
    heads: [...heads.values()],
    transfers: earlier.transfers || later.transfers,
    ...(directory === undefined ? {} : { directory }),
    ...(earlier.merges === true || later.merges === true ? { merges: true } : {}),
    ...(policies.size > 0 ? { policies: [...policies.values()] } : {}),
    ...(report === undefined ? {} : { report }),
    ...(seed === undefined ? {} : { seed }),
  };
}

function mergeReports(earlier: WakeUp['report'], later: WakeUp['report']): WakeUp['report'] {
  if (earlier === undefined || later === undefined) return later ?? earlier;
  return { spaces: [...new Set([...earlier.spaces, ...later.spaces])], deep: earlier.deep || later.deep };
}
