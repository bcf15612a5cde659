import { setTimeout as sleep } from 'node:timers/promises';
import { createHubClient } from '@jzse/client';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const files = 260;

test('[SY14] a delete of most of a space stays in its region until somebody says that it was meant, or takes it back', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  const [beijing, shanghai] = [regions.calls('beijing'), regions.calls('shanghai')];
  const { trpc } = beijing.client;
  for (let index = 0; index < files; index++) await beijing.put(`/work/${index}.txt`, Buffer.from(`work ${index}`));
  const before = await waitForConvergence(all);

  await beijing.remove('/work');
  const [door] = await waitFor({ what: 'the door is closed' }, async () => {
    const doors = await trpc.doors.query();
    return doors.length > 0 ? doors : null;
  });
  expect(door?.entries).toBe(files);
  expect((await beijing.status()).spaces[0]?.doorClosed).toBe(true);
  await beijing.put('/local work.txt', Buffer.from('goes on'));
  expect((await beijing.get('/local work.txt')).toString()).toBe('goes on');
  await sleep(1_000);
  expect(await shanghai.list('/work')).toHaveLength(files);
  const hub = createHubClient({ url: regions.hub.url, token: regions.token });
  await waitFor({ what: 'the hub has the event' }, async () => (await hub.trpc.events.query({ types: ['door-closed'] })).length > 0);

  await trpc.undoDoor.mutate({ space: 'demo' });
  const after = await waitForConvergence(all);
  const named = (lines: readonly string[]) => lines.map((line) => line.split(' file ')[0]?.split(' folder ')[0]);
  expect(named(after)).toEqual(expect.arrayContaining(named(before)));
  expect((await shanghai.get('/work/7.txt')).toString()).toBe('work 7');

  await trpc.expectChange.mutate({ space: 'demo', untilMs: Date.now() + 60_000 });
  await beijing.remove('/work');
  await waitForConvergence(all);
  await expect(shanghai.stat('/work')).rejects.toMatchObject({ code: 'unknown-path' });
});
