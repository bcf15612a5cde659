import { runSteps } from './run-steps.ts';

runSteps([
  { name: 'types', command: ['tsc', '-p', 'tsconfig.json'] },
  { name: 'lint and format', command: ['biome', 'ci', '--diagnostic-level=error', '.'] },
  { name: 'boundaries', command: ['depcruise', '--config', '.dependency-cruiser.cjs', 'packages', 'apps', 'bench', 'e2e', 'sim'] },
  { name: 'unused code and dependencies', command: ['knip', '--no-config-hints'] },
  { name: 'tidy', command: ['vitest', 'run', 'scripts/tidy.test.ts'] },
]);
