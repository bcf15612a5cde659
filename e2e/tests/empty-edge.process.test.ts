import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { randomBytes, sha256 } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

test('an edge started empty reads everything before it has caught up, and then holds everything', async () => {
  await using regions = await startThreeRegions({ regions: ['beijing', 'shanghai'] });
  const beijing = regions.calls('beijing');
  const large = randomBytes('large', 96 * 1024 * 1024);
  await beijing.put('/large.bin', large);
  const small = await Promise.all(
    Array.from({ length: 600 }, async (_, index) => {
      const bytes = randomBytes(`small ${index}`, 3000);
      await beijing.put(`/folder ${index % 20}/${index}.bin`, bytes);
      return { path: `/folder ${index % 20}/${index}.bin`, hash: sha256(bytes) };
    }),
  );
  await beijing.remove('/folder 3');
  await waitForConvergence([beijing, regions.calls('shanghai')]);

  // Slow enough that the first reads come long before the transfers are through.
  regions.edgeLinks.beijing.slowTo(12 * 1024 * 1024);
  regions.edgeLinks.shanghai.slowTo(12 * 1024 * 1024);
  await regions.add('shenzhen');
  const shenzhen = regions.calls('shenzhen');
  const range = await waitFor({ what: 'a part of the large file' }, () =>
    shenzhen.get('/large.bin', { start: 90_000_000, end: 90_000_099 }),
  );
  expect(range).toEqual(large.subarray(90_000_000, 90_000_100));
  await waitFor({ what: 'the large file is listed' }, async () => (await shenzhen.stat('/large.bin')).held === false);
  for (const file of small.filter((file, index) => index % 60 === 0 && !file.path.startsWith('/folder 3/')))
    expect(await waitFor({ what: file.path }, () => shenzhen.digest(file.path))).toBe(file.hash);
  expect(await shenzhen.digest('/large.bin')).toBe(sha256(large));

  regions.edgeLinks.beijing.slowTo(null);
  regions.edgeLinks.shanghai.slowTo(null);
  const tree = await waitForConvergence(regionNames.map((name) => regions.calls(name)));
  expect(tree.filter((line) => line.includes(' file '))).toHaveLength(1 + 570);

  // What it holds it serves alone.
  for (const name of ['beijing', 'shanghai'] as const) regions.edgeLinks[name].cut();
  expect(await shenzhen.digest('/large.bin')).toBe(sha256(large));
});

test('a file in a region that is off is a clear refusal, and is read as soon as that region is back', async () => {
  await using regions = await startThreeRegions({ regions: ['beijing'] });
  const bytes = randomBytes('only in beijing', 5_000_000);
  await regions.calls('beijing').put('/only.bin', bytes);
  await waitFor({ what: 'the hub knows it' }, async () => (await regions.calls('beijing').stat('/only.bin')).confirmed);
  regions.edgeLinks.beijing.cut();
  await regions.add('shanghai');
  const shanghai = regions.calls('shanghai');
  await waitFor({ what: 'it is listed in Shanghai' }, () => shanghai.stat('/only.bin'));
  await expect(shanghai.get('/only.bin')).rejects.toMatchObject({ code: 'content-unavailable' });
  regions.edgeLinks.beijing.restore();
  expect(await waitFor({ what: 'it is read' }, () => shanghai.digest('/only.bin'))).toBe(sha256(bytes));
});
