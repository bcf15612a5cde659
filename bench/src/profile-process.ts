import { mkdirSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** Loaded before a program (`NODE_OPTIONS=--import …`): writes a CPU profile of each of its threads into PROFILES when it ends. */
const folder = process.env['PROFILES'] ?? '/tmp/profiles';
mkdirSync(folder, { recursive: true });
const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: 500 });
session.post('Profiler.start');

process.on('exit', () => {
  const program = join(process.argv[1] ?? 'node')
    .split('/')
    .slice(-4)
    .filter((part) => part !== 'src')
    .join('-');
  const region = process.env['JZSE_REGION'] ?? '';
  session.post('Profiler.stop', (error, result) => {
    if (error === null)
      writeFileSync(
        join(folder, `${basename(program, '.ts')}-${region}-${process.pid}-${threadId}.cpuprofile`),
        JSON.stringify(result.profile),
      );
  });
});
