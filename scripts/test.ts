import { runSteps } from './run-steps.ts';

/** Everything, in CI order: cheap checks first. */
runSteps([
  { name: 'check', command: ['node', 'scripts/check.ts'] },
  { name: 'unit, contract and integration tests', command: ['vitest', 'run', '--exclude', 'scripts/tidy.test.ts'] },
]);
