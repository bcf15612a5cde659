import { expect, test } from 'vitest';
import { createSteadyClock } from '../../src/replicate/steady-clock.ts';

test('a clock that is put back goes on from there, and none goes back', () => {
  let ms = 1_000;
  const steadyMs = createSteadyClock(() => ms);
  const shown = [1_000, 1_500, 3_601_500, 1_600, 1_700].map((at) => {
    ms = at;
    return steadyMs();
  });
  expect(shown).toEqual([1_000, 1_500, 3_601_500, 3_601_500, 3_601_600]);
});
