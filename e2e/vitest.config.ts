import { defineConfig } from 'vitest/config';

/** Tests over real processes: one file at a time, since each starts a whole cluster. */
export default defineConfig({
  test: { include: ['e2e/tests/**/*.process.test.ts'], fileParallelism: false, testTimeout: 300_000, hookTimeout: 120_000 },
});
