import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { regionNames, startCluster } from '../src/cluster.ts';
import { waitFor } from '../src/wait-for.ts';

/** Field 4 of proc_pid_stat(5); the name before it may hold anything but ends with the last bracket. */
const parentOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
const isRunning = (pid: number): boolean => existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));

test.skipIf(!existsSync('/proc/self/stat'))('servers whose supervisor is killed end by themselves (needs /proc)', async () => {
  await using cluster = await startCluster();
  const servers = (['hub', ...regionNames] as const).map((name) => cluster.pidOf(name));
  process.kill(parentOf(cluster.pidOf('hub')), 'SIGKILL');
  await waitFor({ what: 'no server runs', deadlineMs: 30_000 }, () => !servers.some(isRunning));
  expect(servers.filter(isRunning)).toEqual([]);
});
