/** Work that is woken rather than called: one run at a time, and a wake during a run means one more run. */
export interface Loop {
  wake(): void;
  /** Wakes, and ends a back-off early: what was failing may work now. */
  retryNow(): void;
  /** Resolves when a run that began after this call is over, well or badly. */
  runOnce(): Promise<void>;
  stop(): Promise<void>;
}

export interface LoopOptions {
  /** Rejecting means: again after a back-off. */
  readonly step: (signal: AbortSignal) => Promise<void>;
  readonly onFailure: (cause: unknown, retryInMs: number) => void;
  /** Runs without a wake after this long. */
  readonly pollMs: number;
  readonly backoff?: { readonly initialMs: number; readonly maxMs: number };
  /** In [0, 1): no two waits are alike. */
  readonly random?: () => number;
}

const defaultBackoff = { initialMs: 100, maxMs: 5_000 };

export function startLoop(options: LoopOptions): Loop {
  const { initialMs, maxMs } = options.backoff ?? defaultBackoff;
  const random = options.random ?? Math.random;
  const abort = new AbortController();
  let woken = true;
  let failures = 0;
  let waiters: (() => void)[] = [];
  let endSleep: (() => void) | null = null;
  let sleepIsBackoff = false;

  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      function done(): void {
        clearTimeout(timer);
        endSleep = null;
        resolve();
      }
      endSleep = done;
    });
  const failed = async (cause: unknown): Promise<void> => {
    const fullMs = Math.min(maxMs, initialMs * 2 ** Math.min(failures++, 20));
    const waitMs = Math.round(fullMs / 2 + (random() * fullMs) / 2);
    if (abort.signal.aborted) return;
    options.onFailure(cause, waitMs);
    sleepIsBackoff = true;
    await sleep(waitMs);
    sleepIsBackoff = false;
    woken = true;
  };
  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      if (!woken) await sleep(options.pollMs);
      if (abort.signal.aborted) break;
      woken = false;
      const served = waiters;
      waiters = [];
      let failure: { readonly cause: unknown } | null = null;
      try {
        await options.step(abort.signal);
        failures = 0;
      } catch (cause) {
        failure = { cause };
      }
      for (const resolve of served) resolve();
      if (failure !== null) await failed(failure.cause);
    }
    for (const resolve of waiters) resolve();
  };
  const running = run();

  const wake = (): void => {
    woken = true;
    if (!sleepIsBackoff) endSleep?.();
  };
  const retryNow = (): void => {
    woken = true;
    failures = 0;
    endSleep?.();
  };
  return {
    wake,
    retryNow,
    runOnce: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        if (abort.signal.aborted) resolve();
        else wake();
      }),
    stop: async () => {
      abort.abort();
      endSleep?.();
      await running;
    },
  };
}
