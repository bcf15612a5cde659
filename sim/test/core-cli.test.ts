import { expect, test } from 'vitest';
import { runCoreCli } from '../src/core/index.ts';

test('a run of clean histories ends with 0 and says how many and how fast', async () => {
  const lines: string[] = [];
  expect(await runCoreCli({ seeds: 30, workers: 2, print: (line) => void lines.push(line) })).toBe(0);
  expect(lines).toEqual([expect.stringMatching(/^core: 30 histories from seed 1 in .* operations, \d+ fail-overs$/)]);
});

test('a broken history ends with 1, its seed, and the steps that led there', async () => {
  const lines: string[] = [];
  expect(await runCoreCli({ seeds: 4, workers: 1, mutation: 'stamp-decides', print: (line) => void lines.push(line) })).toBe(1);
  expect(lines.join('\n')).toMatch(/seed 1: acknowledged write lost/);
  expect(lines.join('\n')).toMatch(/hub takes \d+\.\d+ r\d:1\/\d+/);
});

test('a fault that there is not is refused by name', async () => {
  await expect(runCoreCli({ seeds: 1, mutation: 'gremlins' })).rejects.toThrow(/gremlins; there are: stamp-decides/);
});
