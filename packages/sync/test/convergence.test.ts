import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { runHistory } from './history.ts';

const seeds = Number(process.env['JZSE_HISTORIES'] ?? 400);
const model = '../shared/design/model/model.mjs';

describe('random histories of a hub and its regions', () => {
  test(`[SY1] [SY10] ${seeds} histories with loss, repetition, crashes, restored backups and fail-over end in one tree with nothing lost`, () => {
    let failOvers = 0;
    for (let seed = 1; seed <= seeds; seed++) failOvers += runSeed(seed);
    expect(failOvers).toBeGreaterThan(0);
  });

  test.skipIf(!existsSync(model))(`the hub's tree is the one that the executable model gives (skipped without ${model})`, async () => {
    const { compareWithModel } = await import('./compare-with-model.ts');
    for (let seed = 1; seed <= 100; seed++) await compareWithModel(seed, model);
  });
});

function runSeed(seed: number): number {
  try {
    return runHistory(seed).failOvers;
  } catch (cause) {
    throw new Error(`history ${seed} broke a rule`, { cause });
  }
}
