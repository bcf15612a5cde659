/** How long to wait before the next attempt: doubles from `firstMs` to `maxMs`, and no two callers wait alike. */
export function backOffMs(attempt: number, { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number }): number {
  const full = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return full / 2 + (Math.random() * full) / 2;
}

/** Ends early, without an error, when the signal aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
