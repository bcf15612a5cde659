import { cpSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { startThreeRegions, type ThreeRegions } from '../src/three-regions.ts';
import { waitForAgreement } from '../src/verified.ts';

for (const isHubAway of [false, true]) {
  const when = isHubAway ? 'and that people work on before it reaches the hub' : 'with the hub there';
  test(`[SY10] an edge restored from yesterday's copy of its disk, ${when}: nothing written since is lost or mixed up`, async () => {
    await using regions = await startThreeRegions();
    const all = regionNames.map((name) => regions.calls(name));
    const beijing = regions.calls('beijing');
    for (let round = 0; round < 5; round++) await beijing.put(`/yesterday ${round}.txt`, Buffer.from(`yesterday ${round}`));
    await waitForConvergence(all);
    const copy = `${regions.edge('beijing').dataDir}.copy`;
    await regions.edge('beijing').kill('SIGTERM');
    cpSync(regions.edge('beijing').dataDir, copy, { recursive: true });
    await regions.edge('beijing').start();
    for (let round = 0; round < 5; round++) await beijing.put(`/today ${round}.txt`, Buffer.from(`today ${round}`));
    await beijing.put('/yesterday 0.txt', Buffer.from('changed today'));
    await waitForConvergence(all);
    const before = (await beijing.status()).replica;

    await restore(regions, copy);
    if (isHubAway) {
      regions.hubLinks.beijing.cut();
      regions.edgeLinks.beijing.cut();
    }
    await regions.edge('beijing').start();
    // Another program: the one before has seen what this disk does not know yet, and would be told so.
    const others = regions.calls('beijing');
    for (let round = 0; round < 9; round++) await others.put(`/restored ${round}.txt`, Buffer.from(`restored ${round}`));
    await others.put('/yesterday 1.txt', Buffer.from('changed after the restore'));
    regions.hubLinks.beijing.restore();
    regions.edgeLinks.beijing.restore();

    const tree = await waitForConvergence(all);
    const names = tree.map((line) => line.split(' file ')[0] ?? '');
    for (let round = 0; round < 5; round++)
      expect(names).toEqual(expect.arrayContaining([`/yesterday ${round}.txt`, `/today ${round}.txt`]));
    for (let round = 0; round < 9; round++) expect(names).toContain(`/restored ${round}.txt`);
    for (const edge of all) {
      expect((await edge.get('/yesterday 0.txt')).toString()).toBe('changed today');
      expect((await edge.get('/yesterday 1.txt')).toString()).toBe('changed after the restore');
      for (let round = 0; round < 9; round++) expect((await edge.get(`/restored ${round}.txt`)).toString()).toBe(`restored ${round}`);
    }
    expect((await beijing.status()).replica).not.toBe(before);
    await waitForAgreement(beijing, { deep: true });
  });
}

async function restore(regions: ThreeRegions, copy: string): Promise<void> {
  await regions.edge('beijing').kill('SIGKILL');
  rmSync(regions.edge('beijing').dataDir, { recursive: true });
  cpSync(copy, regions.edge('beijing').dataDir, { recursive: true });
}
