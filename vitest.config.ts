import { defineConfig } from 'vitest/config';

/** Unit, contract and integration tests. Process and browser tests live in e2e/ and have runners of their own. */
export default defineConfig({
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'packages/*/src/**/*.test.ts',
      'apps/*/test/**/*.test.ts',
      'scripts/*.test.ts',
      'bench/**/*.test.ts',
      'sim/test/**/*.test.ts',
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
  },
});
