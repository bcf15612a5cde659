import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  bearer,
  bytesOf,
  codeOf,
  contentAt,
  createUpload,
  entryAt,
  openWritingRegion,
  patch,
  space,
  temporaryFolder,
  tus,
} from './writing-region.ts';

const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

test.skipIf(!isRoot)(
  'a full disk: 507, nothing half-written is visible, and it recovers with room (needs root: mounts a tmpfs)',
  async () => {
    const { folder, remove } = temporaryFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', folder]);
    try {
      const ballast = join(folder, 'ballast');
      writeFileSync(ballast, Buffer.alloc(20 * 1024 * 1024, 1));
      const region = await openWritingRegion({ folder: join(folder, 'data') });
      const put = (path: string, body: Uint8Array) =>
        fetch(`${region.url}/files/demo${path}`, { method: 'PUT', headers: bearer, body: Buffer.from(body) });
      try {
        const kept = bytesOf(2_000_000, 41);
        expect((await put('/kept', kept)).status).toBe(201);

        const large = bytesOf(40_000_000, 42);
        const address = await createUpload(region, { length: 36_000_000, meta: { space, path: '/upload' } });
        expect((await patch(address, { offset: 0, body: large.subarray(0, 1_000_000) })).status).toBe(204);
        const refused = await put('/large', large);
        expect([refused.status, await codeOf(refused)]).toEqual([507, 'storage-full']);
        expect(await entryAt(region, '/large')).toBeNull();
        expect((await patch(address, { offset: 1_000_000, body: large.subarray(1_000_000, 36_000_000) })).status).toBe(507);
        expect((await contentAt(region, '/kept'))?.equals(kept)).toBe(true);

        rmSync(ballast);
        const offset = Number((await fetch(address, { method: 'HEAD', headers: tus })).headers.get('upload-offset'));
        expect(offset).toBeGreaterThanOrEqual(1_000_000);
        expect((await patch(address, { offset, body: large.subarray(offset, 36_000_000) })).status).toBe(204);
        expect((await contentAt(region, '/upload'))?.equals(large.subarray(0, 36_000_000))).toBe(true);
      } finally {
        await region.close();
      }
    } finally {
      execFileSync('umount', [folder]);
      remove();
    }
  },
);
