import { expect, test } from 'vitest';
import { makeBenchContext } from './bench-context.ts';
import { cases } from './cases/index.ts';
import { quantile, toRow } from './row.ts';

test('every case runs at a tiny size and gives figures', async () => {
  const sizes = {
    singleFileBytes: 1 << 20,
    smallFiles: 20,
    latencyWrites: 3,
    replicatedMib: 4,
    spaceEntries: 1_000,
    loadSeconds: 0.5,
    rounds: 1,
  };
  const { context, close } = makeBenchContext(sizes, { withSyncthing: false });
  try {
    for (const benchCase of cases) {
      const rows = await benchCase.run(context);
      expect(rows.length, benchCase.name).toBeGreaterThan(0);
      for (const row of rows) expect(row.value, row.case).toBeGreaterThanOrEqual(0);
    }
  } finally {
    await close();
  }
}, 180_000);

test('a row says whether its target is met, and not when there is nothing to compare with', () => {
  const facts = { case: 'c', value: 30, unit: 'MiB/s' };
  expect(toRow({ ...facts, peer: { name: 'p', value: 10 }, target: { ratioMin: 2 } })).toMatchObject({ ratio: 3, ok: true });
  expect(toRow({ ...facts, peer: { name: 'p', value: 20 }, target: { ratioMin: 2 } })).toMatchObject({ ratio: 1.5, ok: false });
  expect(toRow({ ...facts, peer: { name: 'p', value: 20 }, target: { max: 29 } })).toMatchObject({ ok: false });
  const skipped = toRow({ ...facts, peer: { name: 'p', value: { skipped: 'absent' } }, target: { ratioMin: 2 } });
  expect(skipped).toMatchObject({ peerValue: null, ratio: null, ok: null, skipped: 'absent' });
  expect(quantile([3, 1, 2, 4], 0.5)).toBe(2);
});
