import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type RegionName, regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import type { EdgeCalls } from '../src/edge-calls.ts';
import { randomBytes, seededRandom, sha256 } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { waitFor } from '../src/wait-for.ts';

/** The contract says a minute. */
const awayMs = 60_000;
const pauseMs = 60;

test('with the hub killed for a minute every write in every region succeeds, and the regions converge after it is back', async () => {
  await using regions = await startThreeRegions();
  const all = regionNames.map((name) => regions.calls(name));
  const [beijing] = all as [EdgeCalls, ...EdgeCalls[]];
  await beijing.put('/held.bin', randomBytes('held', 3_000_000));
  await waitForConvergence(all);

  await regions.hub.kill('SIGKILL');
  const endMs = performance.now() + awayMs;
  const work = Promise.all(regionNames.map((name) => writeUntil(regions.calls(name), name, endMs)));
  await expectAwayIsSaid(all);
  await expectReadsGoOn(all);
  const written = await work;

  await regions.hub.start();
  const tree = await waitForConvergence(all, 90_000);
  for (const [index, files] of written.entries()) {
    expect(files.length).toBeGreaterThan(awayMs / pauseMs / 10);
    for (const { path, hash } of files) expect(tree.some((line) => line.startsWith(`${path} file `) && line.includes(hash))).toBe(true);
    await expect(all[(index + 1) % all.length]?.digest(files.at(-1)?.path ?? '')).resolves.toBe(files.at(-1)?.hash);
  }
  await expectContestedIsKept(
    all,
    written.flatMap((files) => files.contested),
  );
  await waitFor({ what: 'every region reaches the hub again' }, async () =>
    (await Promise.all(all.map((edge) => edge.status()))).every((status) => status.hub.reachable),
  );
});

type Written = { readonly path: string; readonly hash: string }[] & { contested: string[] };

/** New files, one that all regions write, moves and deletes; each must succeed. */
async function writeUntil(edge: EdgeCalls, name: RegionName, endMs: number): Promise<Written> {
  const random = seededRandom(name.length * 7919);
  const written: Written = Object.assign([], { contested: [] as string[] });
  for (let round = 0; performance.now() < endMs; round++) {
    const bytes = randomBytes(`${name} ${round}`, 1 + Math.floor(random() * (round % 50 === 0 ? 2_000_000 : 6000)));
    const file = { path: `/${name}/${round % 7}/${round}.bin`, hash: sha256(bytes) };
    await edge.put(file.path, bytes);
    if (round % 10 === 3) written.contested.push(await edge.put('/contested.bin', Buffer.from(`${name} ${round}`)));
    if (round % 10 === 5) {
      await edge.move(file.path, `/${name}/moved ${round}.bin`);
      written.push({ ...file, path: `/${name}/moved ${round}.bin` });
    } else if (round % 10 === 7) await edge.remove(file.path);
    else written.push(file);
    await sleep(pauseMs);
  }
  return written;
}

async function expectAwayIsSaid(all: readonly EdgeCalls[]): Promise<void> {
  for (const edge of all) {
    const status = await waitFor({ what: `${edge.url} says that the hub is away and its outbox grows` }, async () => {
      const now = await edge.status();
      return !now.hub.reachable && now.spaces.some((space) => space.outbox > 0) ? now : null;
    });
    expect(status.spaces[0]?.oldestUnsentMs).not.toBeNull();
  }
}

async function expectReadsGoOn(all: readonly EdgeCalls[]): Promise<void> {
  for (const edge of all) {
    expect(await edge.digest('/held.bin')).toBe(sha256(randomBytes('held', 3_000_000)));
    await expect(edge.get('/nobody knows this.bin')).rejects.toMatchObject({ code: 'not-known-here-yet' });
  }
}

/** Every acknowledged version of the file that all regions wrote at once is in its history, the same in all. */
async function expectContestedIsKept(all: readonly EdgeCalls[], acknowledged: readonly string[]): Promise<void> {
  for (const edge of all) {
    const versions = new Set((await edge.history('/contested.bin')).map((version) => version.version));
    expect(acknowledged.filter((version) => !versions.has(version))).toEqual([]);
  }
}
