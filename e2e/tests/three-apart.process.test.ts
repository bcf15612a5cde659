import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type RegionName, regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitForAgreement } from '../src/verified.ts';

/** The contract says a minute apart, and five seconds to agree. */
const apartMs = 60_000;
const agreeMs = 5_000;

test('three regions apart for a minute work on the same things, and agree within seconds of being together again', async () => {
  await using regions = await startThreeRegions();
  const calls = (name: RegionName) => regions.calls(name);
  const all = regionNames.map(calls);
  await calls('beijing').put('/plan.md', Buffer.from('# Plan\n'));
  await calls('beijing').put('/old folder/first.txt', Buffer.from('first'));
  await calls('beijing').put('/doomed.txt', Buffer.from('to be deleted'));
  await calls('beijing').put('/gone for good.txt', Buffer.from('deleted by all'));
  await waitForConvergence(all);

  for (const link of [...Object.values(regions.hubLinks), ...Object.values(regions.edgeLinks)]) link.cut();
  const written: Record<string, string> = {};
  for (const name of regionNames) written[await calls(name).put('/plan.md', Buffer.from(`# Plan\nof ${name}\n`))] = `# Plan\nof ${name}\n`;
  await calls('beijing').move('/old folder', '/new folder');
  await calls('shanghai').put('/old folder/second.txt', Buffer.from('second'));
  await calls('shanghai').remove('/doomed.txt');
  await calls('shenzhen').put('/doomed.txt', Buffer.from('edited meanwhile'));
  for (const name of regionNames) await calls(name).remove('/gone for good.txt');
  await sleep(apartMs);

  for (const link of [...Object.values(regions.edgeLinks), ...Object.values(regions.hubLinks)]) link.restore();
  await waitForAgreement(calls('beijing'), { deadlineMs: agreeMs });
  const tree = await waitForConvergence(all, agreeMs);
  const paths = tree.map((line) => line.slice(0, line.search(/ (file|folder) /)));
  expect(paths).toEqual(expect.arrayContaining(['/new folder/first.txt', '/new folder/second.txt', '/doomed.txt', '/plan.md']));
  expect(paths.filter((path) => path.startsWith('/old folder') || path === '/gone for good.txt')).toEqual([]);

  for (const edge of all) {
    expect(await edge.get('/doomed.txt')).toEqual(Buffer.from('edited meanwhile'));
    const [conflict, ...others] = await edge.conflicts();
    expect(others).toEqual([]);
    expect(conflict?.path).toBe('/plan.md');
    expect(conflict?.versions.map(({ version }) => version).sort()).toEqual(Object.keys(written).sort());
    expect(new Set(conflict?.versions.map(({ author }) => author.region))).toEqual(new Set(regionNames));
    for (const [version, text] of Object.entries(written)) expect((await edge.getVersion('/plan.md', version)).toString()).toBe(text);
    expect((await edge.getVersion('/plan.md', conflict?.base?.version ?? 'none')).toString()).toBe('# Plan\n');
  }

  const chosen = Object.keys(written)[0] ?? '';
  const before = await calls('shenzhen').conflicts();
  expect(before).toHaveLength(1);
  await calls('shenzhen').client.trpc.resolveConflict.mutate({
    space: 'demo',
    path: '/plan.md',
    seen: null,
    choice: { type: 'version', version: chosen },
  });
  await waitForConvergence(all, 10_000);
  for (const edge of all) {
    expect(await edge.conflicts()).toEqual([]);
    expect((await edge.get('/plan.md')).toString()).toBe(written[chosen]);
    const history = (await edge.history('/plan.md')).map(({ version }) => version);
    expect(history).toEqual(expect.arrayContaining(Object.keys(written)));
  }
});
