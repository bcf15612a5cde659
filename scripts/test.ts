import { runSteps } from './run-steps.ts';

/** Everything, in CI order: cheap checks first. */
runSteps([
  { name: 'check', command: ['node', 'scripts/check.ts'] },
  { name: 'unit, contract and integration tests', command: ['vitest', 'run', '--exclude', 'scripts/tidy.test.ts'] },
  { name: 'the page is built', command: ['npm', 'run', '--silent', 'build:web'] },
  { name: 'process tests', command: ['vitest', 'run', '--config', 'e2e/vitest.config.ts'] },
  { name: 'the browser is there', command: ['node', 'scripts/install-browser.ts'] },
  { name: 'browser tests', command: ['playwright', 'test', '--config', 'e2e/playwright.config.ts'] },
]);
