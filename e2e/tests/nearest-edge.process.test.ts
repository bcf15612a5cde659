import { createJzseClient, type Move } from '@jzse/client';
import { expect, test } from 'vitest';
import { type RegionName, regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const at = (path: string) => ({ space: 'demo', path });

test('a client goes on at another edge when its own is stopped or killed, sees what it wrote, and may come back', async () => {
  await using regions = await startThreeRegions();
  const moves: Move[] = [];
  const client = await createJzseClient({
    hubUrl: regions.hub.url,
    token: regions.token,
    pace: { silentMs: 500, checkMsMax: 1_000, compareEveryMs: 1_000 },
    onMove: (move) => moves.push(move),
  });
  const present = (): RegionName => {
    const name = regionNames.find((known) => known === client.present()?.region);
    if (name === undefined) throw new Error('no edge is used');
    return name;
  };
  await client.files.put(at('/a.txt'), 'one');
  const first = present();
  const events: string[] = [];
  const over = new AbortController();
  const watching = client.watch('demo', { signal: over.signal, onEvent: ({ type }) => events.push(type) });
  await waitForConvergence(regionNames.map((name) => regions.calls(name)));

  process.kill(regions.edge(first).pid, 'SIGSTOP');
  try {
    expect(await (await client.files.read(at('/a.txt'))).text()).toBe('one');
    const second = present();
    expect(second).not.toBe(first);
    expect(moves[0]).toMatchObject({ why: 'failed' });
    const { version } = await client.files.put(at('/b.txt'), 'two', { ifAbsent: true });
    expect(version).toMatch(new RegExp(`^${second}:`));
    expect((await client.trpc.stat.query(at('/b.txt'))).version).toBe(version);
    await waitFor({ what: 'the watch has moved along' }, async () => {
      await client.files.put(at('/c.txt'), String(Math.random()));
      return events.includes('changed');
    });
  } finally {
    process.kill(regions.edge(first).pid, 'SIGCONT');
  }
  await waitForConvergence(regionNames.map((name) => regions.calls(name)));

  await waitFor({ what: 'the stopped edge counts again' }, async () => {
    await client.compare();
    return (await fetch(`${regions.edgeLinks[first].url}/readyz`)).ok;
  });
  await client.compare();
  const third = present();
  await regions.hub.kill('SIGKILL');
  await regions.edge(third).kill('SIGKILL');
  expect(await (await client.files.read(at('/b.txt'))).text()).toBe('two');
  expect(present()).not.toBe(third);
  over.abort();
  await watching;
}, 120_000);
