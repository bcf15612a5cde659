import { spawnSync } from 'node:child_process';

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

/** Runs the steps in order and stops at the first that fails, so that the last lines printed are the ones to read. */
export function runSteps(steps: readonly Step[]): void {
  for (const step of steps) {
    const startedMs = Date.now();
    process.stdout.write(`\n== ${step.name}: ${step.command.join(' ')}\n`);
    const [file, ...args] = step.command;
    if (file === undefined) throw new Error(`step ${step.name} has no command`);
    const result = spawnSync(file, args, { stdio: 'inherit', env: process.env });
    if (result.status !== 0) {
      process.stderr.write(`\n${step.name} failed (exit ${result.status ?? result.signal}). Run it alone: npx ${step.command.join(' ')}\n`);
      process.exit(result.status ?? 1);
    }
    process.stdout.write(`== ${step.name}: ok, ${((Date.now() - startedMs) / 1000).toFixed(1)} s\n`);
  }
}
