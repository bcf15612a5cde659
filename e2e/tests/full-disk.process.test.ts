import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { randomBytes, sha256 } from '../src/random-bytes.ts';
import { makeScratchFolder } from '../src/scratch-folder.ts';
import { startThreeRegions } from '../src/three-regions.ts';
import { createTusUpload } from '../src/tus-upload.ts';
import { waitFor } from '../src/wait-for.ts';

const MiB = 1024 * 1024;

test('a full disk refuses writes with 507, shows nothing half-written, and is well again when there is room', async (context) => {
  using scratch = makeScratchFolder();
  const disk = mountSmallDisk(join(scratch.path, 'disk'));
  if (disk === null) return context.skip('mounting a small disk needs root');
  using _unmounted = disk;
  await using regions = await startThreeRegions({ regions: ['beijing', 'shanghai'], dataDirs: { beijing: disk.path } });
  const beijing = regions.calls('beijing');

  const kept = new Map<string, string>();
  const refusals: unknown[] = [];
  for (let round = 0; refusals.length < 3 && round < 100; round++) {
    const bytes = randomBytes(`fill ${round}`, 3 * MiB);
    try {
      await beijing.put(`/fill/${round}.bin`, bytes);
      kept.set(`/fill/${round}.bin`, sha256(bytes));
    } catch (error) {
      refusals.push(error);
    }
  }
  expect(kept.size).toBeGreaterThan(3);
  for (const error of refusals) expect(error).toMatchObject({ code: 'storage-full' });
  const upload = await createTusUpload(beijing, '/fill/upload.bin', 12 * MiB).catch((error: Error) => error);
  if (upload instanceof Error) expect(upload).toMatchObject({ code: 'storage-full' });
  else await expect(upload.append(0, randomBytes('too much', 12 * MiB))).rejects.toMatchObject({ code: 'storage-full' });
  const shown = async () => Object.fromEntries((await beijing.tree('/fill')).map((entry) => [entry.path, entry.hash]));
  expect(await shown()).toEqual(Object.fromEntries(kept));
  for (const [path, hash] of kept) expect(await beijing.digest(path)).toBe(hash);

  disk.resize('160m');
  const late = randomBytes('late', 3 * MiB);
  await waitFor({ what: 'a write succeeds' }, () => beijing.put('/fill/late.bin', late));
  kept.set('/fill/late.bin', sha256(late));
  const bytes = randomBytes('upload', 12 * MiB);
  const second = await createTusUpload(beijing, '/fill/upload.bin', bytes.length);
  expect(await second.append(0, bytes)).toBe(bytes.length);
  kept.set('/fill/upload.bin', sha256(bytes));
  const shanghai = regions.calls('shanghai');
  for (const [path, hash] of kept) expect(await waitFor({ what: `${path} in Shanghai` }, () => shanghai.digest(path))).toBe(hash);
});

/** A disk of 64 MiB; null where this user may not make one. */
function mountSmallDisk(path: string): { readonly path: string; resize(size: string): void; [Symbol.dispose](): void } | null {
  mkdirSync(path);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'jzse-full-disk', path], { stdio: 'pipe' });
  } catch {
    return null;
  }
  return {
    path,
    resize: (size) => void execFileSync('mount', ['-o', `remount,size=${size}`, path]),
    [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', path]),
  };
}
