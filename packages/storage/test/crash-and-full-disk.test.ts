import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { StorageFull } from '../src/index.ts';
import { randomChunk } from '../src/testing/index.ts';
import { chunkOfSeed } from './seeded-chunk.ts';
import { namesIn, openStoreIn, temporaryFolder } from './temporary-store.ts';

const kills = 8;

test('what was acknowledged before a kill at any moment is there, and nothing half-written is', async () => {
  const folder = temporaryFolder();
  const acknowledged: number[] = [];
  for (let kill = 0; kill < kills; kill++)
    acknowledged.push(...(await putUntilKilled(folder, { firstSeed: kill * 100_000, afterMs: 30 + kill * 45 })));

  const { region, store, damagedHashes } = await openStoreIn(folder);
  expect(namesIn(folder, 'chunks', 'incoming')).toEqual([]);
  for (const seed of acknowledged) {
    const chunk = chunkOfSeed(seed);
    const bytes = await store.get(chunk.hash);
    expect(bytes !== null && Buffer.compare(bytes, chunk.bytes) === 0).toBe(true);
  }
  expect(damagedHashes).toEqual([]);
  expect(acknowledged.length).toBeGreaterThan(kills);
  await region.close();
  rmSync(folder, { recursive: true });
});

/** Seeds of the chunks that the child acknowledged before it was killed. */
async function putUntilKilled(folder: string, run: { readonly firstSeed: number; readonly afterMs: number }): Promise<number[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'put-until-killed.ts'), folder, String(run.firstSeed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const exited = once(child, 'close');
  await once(child.stdout, 'data');
  await sleep(run.afterMs);
  child.kill('SIGKILL');
  await exited;
  // A line cut off by the kill was never read as acknowledged.
  return printed.split('\n').slice(1, -1).map(Number);
}

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)('a full disk refuses, leaves nothing behind, and works again with room (needs root: mounts a tmpfs)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-full-'));
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]);
  try {
    await fillAndRecover(folder);
  } finally {
    execFileSync('/bin/umount', [folder]);
    rmSync(folder, { recursive: true });
  }
});

async function fillAndRecover(folder: string): Promise<void> {
  mkdirSync(join(folder, 'chunks'));
  const { region, store, damagedHashes } = await openStoreIn(folder);
  const held: Awaited<ReturnType<typeof randomChunk>>[] = [];
  for (const size of [300_000, 30_000]) {
    let refused: unknown = null;
    for (let count = 0; refused === null && count < 1000; count++) {
      const chunk = randomChunk(size);
      try {
        await store.put(chunk);
        held.push(chunk);
      } catch (cause) {
        refused = cause;
        expect(await store.missing([chunk.hash])).toEqual([chunk.hash]);
      }
    }
    expect(refused).toBeInstanceOf(StorageFull);
    expect(namesIn(folder, 'chunks', 'incoming')).toEqual([]);
  }
  for (const chunk of held) expect(await store.get(chunk.hash)).not.toBeNull();
  const large = held.filter((chunk) => chunk.bytes.length === 300_000);
  const filesBefore = namesIn(folder, 'chunks').flatMap((name) => namesIn(folder, 'chunks', name));
  expect(filesBefore).toHaveLength(large.length);

  execFileSync('/bin/mount', ['-o', 'remount,size=12m', folder]);
  for (const chunk of [randomChunk(300_000), randomChunk(30_000)]) {
    await store.put(chunk);
    expect(await store.get(chunk.hash)).not.toBeNull();
  }
  expect(damagedHashes).toEqual([]);
  await region.close();
}
