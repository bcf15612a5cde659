import { runSteps } from './run-steps.ts';

/** Everything, in CI order: cheap checks first, real processes and a real browser last. */
runSteps([
  { name: 'check', command: ['node', 'scripts/check.ts'] },
  { name: 'unit, contract and integration tests', command: ['vitest', 'run', '--exclude', 'scripts/tidy.test.ts'] },
  { name: 'build', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  { name: 'process tests', command: ['vitest', 'run', '--config', 'e2e/vitest.config.ts'] },
  { name: 'browser', command: ['node', 'scripts/install-browser.ts'] },
  { name: 'browser tests', command: ['playwright', 'test', '--config', 'e2e/playwright.config.ts'] },
]);
