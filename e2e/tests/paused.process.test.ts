import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { randomBytes } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitForAgreement } from '../src/verified.ts';
import { waitFor } from '../src/wait-for.ts';

/** Longer than a transfer's lease and every time-out. */
const pausedMs = 75_000;

test('an edge that is stopped for longer than every lease and time-out goes on where it was, and nobody waits for it', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  await regions.calls('beijing').put('/before.txt', Buffer.from('before'));
  await waitForConvergence(all);
  const large = randomBytes('large', 40_000_000);
  regions.edgeLinks.beijing.slowTo(4_000_000);
  await regions.calls('beijing').put('/large.bin', large);
  await sleep(1_000);
  process.kill(regions.edge('shanghai').pid, 'SIGSTOP');
  try {
    regions.edgeLinks.beijing.slowTo(null);
    await regions.calls('beijing').put('/before.txt', Buffer.from('changed by beijing'));
    await regions.calls('shenzhen').move('/before.txt', '/moved.txt');
    await waitForConvergence([regions.calls('beijing'), regions.calls('shenzhen')]);
    await sleep(pausedMs);
  } finally {
    process.kill(regions.edge('shanghai').pid, 'SIGCONT');
  }
  await waitForConvergence(all);
  expect((await regions.calls('shanghai').get('/large.bin')).equals(large)).toBe(true);
  await waitForAgreement(regions.calls('shanghai'));
});

test('Postgres that restarts in the middle of integration loses nothing and repeats nothing', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  const postmaster = Number(readFileSync(join(regions.hub.dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  let isWriting = true;
  const written = Promise.all(
    regionNames.map(async (name) => {
      let count = 0;
      for (; isWriting; count++) await regions.calls(name).put(`/${name}/${count}.txt`, Buffer.from(`${name} ${count}`));
      return count;
    }),
  );
  for (let round = 0; round < 4; round++) {
    await sleep(1_500);
    // A backend that is killed makes Postgres drop every connection and recover from its log.
    const backend = await waitFor({ what: 'a backend of Postgres' }, async () => backendOf(postmaster));
    process.kill(backend, 'SIGKILL');
  }
  await sleep(1_000);
  isWriting = false;
  const counts = await written;
  const tree = await waitForConvergence(all);
  const files = tree.filter((line) => line.includes(' file '));
  expect(files).toHaveLength(counts.reduce((sum, count) => sum + count, 0));
  expect(files.filter((line) => line.includes('conflict'))).toEqual([]);
  await waitForAgreement(regions.calls('beijing'), { deep: true });
});

/** A process that serves a connection: `postgres: user database address(port) state`. */
function backendOf(postmaster: number): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[1];
      if (Number(parent) === postmaster && /^postgres: .*\(\d+\) /.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) return Number(pid);
    } catch {
      // It ended meanwhile.
    }
  }
  return null;
}
