import { vi } from 'vitest';

/** Waits for a condition, as long as it takes within the test's time. */
export const until = (isSo: () => boolean | Promise<boolean>): Promise<void> =>
  vi.waitFor(
    async () => {
      if (!(await isSo())) throw new Error(`still waiting for ${isSo}`);
    },
    { timeout: 40_000, interval: 10 },
  );
