import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { regionNames } from '../src/cluster.ts';
import { waitForConvergence } from '../src/convergence.ts';
import type { EdgeCalls } from '../src/edge-calls.ts';
import { randomBytes, seededRandom, sha256 } from '../src/random-bytes.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { createTusUpload, type TusUpload } from '../src/tus-upload.ts';
import { waitFor } from '../src/wait-for.ts';

const kills = 25;
const writers = 8;
const seed = 20_261_125;

/** What a writer tried. `version` is set once the edge has acknowledged it. */
interface Attempt {
  readonly path: string;
  readonly hash: string;
  acknowledged: boolean;
  /** Dot key, where the answer carried one. */
  version: string | null;
}

test(`an edge killed ${kills} times under ${writers} writers keeps every acknowledged write, and passes it on`, async () => {
  await using regions = await startThreeRegions();
  const beijing = regions.calls('beijing');
  const edge = regions.edge('beijing');
  const running = { isOver: false, acknowledged: 0 };
  const work = Promise.all(Array.from({ length: writers }, (_, writer) => write(beijing, writer, running)));

  const random = seededRandom(seed);
  for (let kill = 0; kill < kills; kill++) {
    await acknowledgedMore(running, 1 + Math.floor(random() * 16));
    await sleep(random() * 40);
    await edge.kill('SIGKILL');
    await edge.start();
  }
  running.isOver = true;
  const attempts = (await work).flat();
  const acknowledged = attempts.filter((attempt) => attempt.acknowledged);
  expect(acknowledged.length).toBeGreaterThan(kills);

  await expectAllKept(beijing, attempts);
  await waitForConvergence(
    regionNames.map((name) => regions.calls(name)),
    90_000,
  );
  await expectAllKept(regions.calls('shanghai'), attempts);
  await expectAllKept(regions.calls('shenzhen'), attempts);
});

interface Running {
  isOver: boolean;
  /** By all writers. */
  acknowledged: number;
}

/** A moment that the seed names by what has happened, so that a slow machine has as much to lose as a fast one. */
async function acknowledgedMore(running: Running, count: number): Promise<void> {
  const enough = running.acknowledged + count;
  await waitFor({ what: `${count} more writes are acknowledged`, pollMs: 2 }, () => running.acknowledged >= enough);
}

/** Writes until told to stop; whatever fails was not acknowledged, and is left or gone on with, as a client would. */
async function write(edge: EdgeCalls, writer: number, running: Running): Promise<Attempt[]> {
  const random = seededRandom(seed + writer);
  const attempts: Attempt[] = [];
  for (let round = 0; !running.isOver; round++) {
    const kind = random();
    const rewrites = kind < 0.2;
    const path = rewrites ? `/writer ${writer}/same.bin` : `/writer ${writer}/${round}.bin`;
    const size = kind < 0.7 ? 1 + Math.floor(random() * 8192) : kind < 0.85 ? 3 * 1024 * 1024 : 1_500_000;
    const bytes = randomBytes(`${writer}/${round}`, size);
    const attempt: Attempt = { path, hash: sha256(bytes), acknowledged: false, version: null };
    attempts.push(attempt);
    try {
      if (kind < 0.85) attempt.version = await edge.put(path, bytes);
      else await uploadThroughCrashes(edge, { path, bytes }, running);
      attempt.acknowledged = true;
      running.acknowledged++;
    } catch {
      await sleep(30);
    }
  }
  return attempts;
}

/** Resumes at the byte that the edge names, until all is there. */
async function uploadThroughCrashes(
  edge: EdgeCalls,
  { path, bytes }: { readonly path: string; readonly bytes: Buffer },
  running: Running,
): Promise<void> {
  const upload: TusUpload = await createTusUpload(edge, path, bytes.length);
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset = await upload.append(offset, bytes.subarray(offset, offset + 600_000));
    } catch (error) {
      if (running.isOver) throw error;
      await sleep(30);
      offset = await upload.offset().catch(() => offset);
    }
  }
}

async function expectAllKept(edge: EdgeCalls, attempts: readonly Attempt[]): Promise<void> {
  const shown = new Map((await edge.tree()).map((entry) => [entry.path, entry]));
  const missing: string[] = [];
  for (const [path, tries] of byPath(attempts)) {
    const entry = shown.get(path);
    const acknowledged = tries.filter((attempt) => attempt.acknowledged);
    if (entry === undefined) {
      missing.push(...acknowledged.map((attempt) => `${attempt.path} ${attempt.hash}`));
      continue;
    }
    expect(tries.map((attempt) => attempt.hash)).toContain(entry.hash);
    expect(await edge.digest(path)).toBe(entry.hash);
    const history = await edge.history(path);
    const versions = new Map(history.map((version) => [version.version, version.hash]));
    for (const { version, hash } of acknowledged)
      if (version === null ? !history.some((kept) => kept.hash === hash) : versions.get(version) !== hash)
        missing.push(`${path} ${version}`);
  }
  expect(missing).toEqual([]);
}

function byPath(attempts: readonly Attempt[]): Map<string, Attempt[]> {
  const grouped = new Map<string, Attempt[]>();
  for (const attempt of attempts) grouped.set(attempt.path, [...(grouped.get(attempt.path) ?? []), attempt]);
  return grouped;
}
