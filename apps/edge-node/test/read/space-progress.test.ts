import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegionStore } from '@jzse/db/region';
import { spaceId } from '@jzse/sync';
import { expect, test } from 'vitest';
import { watchProgress } from '../../src/observe/space-progress.ts';

test('[SY12] a token of a space that is not here holds up nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-progress-'));
  const store = openRegionStore({ file: join(folder, 'region.db'), nowMs: Date.now });
  try {
    const { progress } = watchProgress(store);
    expect(await progress.hasSeen({ space: spaceId('elsewhere'), position: { epoch: 1, sequence: 9 }, dot: null })).toBe(true);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
