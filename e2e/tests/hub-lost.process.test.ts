import { rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { randomBytes } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';

test('[SY10] a hub that lost its database is told everything again by the regions, and nothing that they showed goes away', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  for (const [index, name] of regionNames.entries()) {
    await regions.calls(name).put(`/folder/${name}.bin`, randomBytes(name, 100_000 * (index + 1)));
    await regions.calls(name).put('/contested.txt', Buffer.from(`by ${name}`));
  }
  const before = await waitForConvergence(all);

  await regions.hub.kill('SIGTERM');
  rmSync(regions.hub.dataDir, { recursive: true });
  await regions.calls('beijing').put('/while-away.txt', Buffer.from('written without a hub'));
  await regions.hub.start();

  const after = await waitForConvergence(all, 60_000);
  expect(after.filter((line) => !line.startsWith('/while-away.txt'))).toEqual(before);
  expect(after.some((line) => line.startsWith('/while-away.txt'))).toBe(true);
  for (const edge of all) await expect(edge.get('/while-away.txt')).resolves.toEqual(Buffer.from('written without a hub'));
});
