import { expect, test } from 'vitest';
import { waitForConvergence } from '../src/convergence.ts';
import { randomBytes, sha256 } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

const MiB = 1024 * 1024;
const size = 256 * MiB;
const bytesPerSecond = 60 * MiB;

test('a source that is killed in the middle of a transfer is gone on with when it is back, from where it was', async () => {
  await using regions = await startThreeRegions({ regions: ['beijing', 'shanghai'] });
  const link = regions.edgeLinks.beijing;
  link.slowTo(bytesPerSecond);
  const bytes = randomBytes('vanishing', size);
  await regions.calls('beijing').put('/big.bin', bytes);
  await waitFor({ what: 'a third has passed' }, () => link.bytes.fromServer > size / 3);
  await regions.edge('beijing').kill('SIGKILL');

  const shanghai = regions.calls('shanghai');
  // Whole or an error, never a short body that looks whole.
  await expect(shanghai.digest('/big.bin')).rejects.toThrow();
  expect((await shanghai.stat('/big.bin')).held).toBe(false);

  await regions.edge('beijing').start();
  await waitFor({ what: 'Shanghai holds it', deadlineMs: 90_000 }, async () => (await shanghai.stat('/big.bin')).held);
  expect(await shanghai.digest('/big.bin')).toBe(sha256(bytes));
  expect(link.bytes.fromServer).toBeLessThan(size * 1.4);
});

test('a source that vanishes for good is replaced by another holder', async () => {
  await using regions = await startThreeRegions({ regions: ['beijing', 'shanghai'] });
  const bytes = randomBytes('two holders', size);
  await regions.calls('beijing').put('/big.bin', bytes);
  await waitForConvergence([regions.calls('beijing'), regions.calls('shanghai')]);

  const links = [regions.edgeLinks.beijing, regions.edgeLinks.shanghai];
  for (const link of links) link.slowTo(bytesPerSecond);
  const passed = () => links.map((link) => link.bytes.fromServer);
  const before = passed();
  await regions.add('shenzhen');
  const shenzhen = regions.calls('shenzhen');
  const used = await waitFor({ what: 'a source is in use' }, () => {
    const index = passed().findIndex((bytesNow, at) => bytesNow - (before[at] ?? 0) > 20 * MiB);
    return index === -1 ? null : (['beijing', 'shanghai'] as const)[index];
  });
  await regions.edge(used).kill('SIGKILL');
  for (const link of links) link.slowTo(null);
  await waitFor({ what: 'Shenzhen holds it', deadlineMs: 90_000 }, async () => (await shenzhen.stat('/big.bin')).held);
  expect(await shenzhen.digest('/big.bin')).toBe(sha256(bytes));
});
