import { enableCompileCache } from 'node:module';
import { compileCache } from './compile-cache.ts';

enableCompileCache(compileCache);
const { runCommand } = await import('./run-command.ts');

const interrupted = new AbortController();
// `up` and the servers stop by their own rules; every other command ends with what it is doing.
process.once('SIGINT', () => interrupted.abort());
// Output cut off by `| head` is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
});

process.exitCode = await runCommand(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  workingFolder: process.cwd(),
  signal: interrupted.signal,
  exitCode: 0,
});
