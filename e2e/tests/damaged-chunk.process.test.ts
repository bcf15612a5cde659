import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import { randomBytes, sha256 } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

test('a damaged chunk is never served: it is fetched from another region, and without one refused', async () => {
  await using regions = await startThreeRegions();
  const beijing = regions.calls('beijing');
  // Random bytes are kept as they are; text is kept compressed, and is damaged in another way.
  const files = { '/random.bin': randomBytes('damaged', 8_000_000), '/text.txt': Buffer.from(numberedLines(150_000)) };
  for (const [path, bytes] of Object.entries(files)) await beijing.put(path, bytes);
  await waitForConvergence(regionNames.map((name) => regions.calls(name)));

  expect(flipOneByteInEach(regions.edge('beijing').dataDir)).toBeGreaterThan(5);
  for (const [path, bytes] of Object.entries(files)) expect(await beijing.digest(path)).toBe(sha256(bytes));

  await waitFor({ what: 'Beijing holds sound chunks again' }, async () => (await beijing.stat('/random.bin')).held);
  for (const name of ['shanghai', 'shenzhen'] as const) regions.edgeLinks[name].cut();
  for (const [path, bytes] of Object.entries(files)) expect(await beijing.digest(path)).toBe(sha256(bytes));

  flipOneByteInEach(regions.edge('beijing').dataDir);
  for (const path of Object.keys(files)) await expect(beijing.digest(path)).rejects.toThrow();
  for (const name of ['shanghai', 'shenzhen'] as const) regions.edgeLinks[name].restore();
  for (const [path, bytes] of Object.entries(files))
    expect(await waitFor({ what: `${path} is healed` }, () => beijing.digest(path))).toBe(sha256(bytes));
});

const numberedLines = (count: number): string =>
  Array.from({ length: count }, (_, line) => `line ${line} ${sha256(Buffer.from(`${line}`))}\n`).join('');

/** Answers how many chunk files there were: they are named by their SHA-256. */
function flipOneByteInEach(dataDir: string): number {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter(
    (file) => file.isFile() && /^[0-9a-f]{60,64}(\.\w+)?$/.test(file.name),
  );
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    const bytes = readFileSync(path);
    const at = bytes.length >> 1;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  }
  return files.length;
}
