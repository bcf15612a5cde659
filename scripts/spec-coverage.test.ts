import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const spec = readFileSync('docs/spec/sync.md', 'utf8');
const rules = [...spec.matchAll(/^### (SY\d+) /gm)].map((match) => match[1] ?? '');
const tests = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', '*.test.ts', '*.test.tsx', '*.contract.ts', 'e2e/tests'],
  {
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));

test('the rules are numbered in order', () => {
  expect(rules).toEqual(rules.map((_, index) => `SY${index + 1}`));
});

test('every rule has a test, and every test names a rule that there is', () => {
  expect(
    coverage(
      rules,
      tests.map((path) => readFileSync(path, 'utf8')),
    ),
  ).toEqual({ untested: [], unknown: [] });
});

test('a rule without a test and a test without a rule are found', () => {
  const titles = ["test('[SY1] one', () => {})", 'test(`[SY1] [SY9] two`, () => {})'];
  expect(coverage(['SY1', 'SY2'], titles)).toEqual({ untested: ['SY2'], unknown: ['SY9'] });
});

function coverage(ids: readonly string[], sources: readonly string[]): { readonly untested: string[]; readonly unknown: string[] } {
  const cited = new Set(
    sources.flatMap((source) => [...source.matchAll(/['"`](?:\[SY\d+\] )+/g)].flatMap(([title]) => title.match(/SY\d+/g) ?? [])),
  );
  return { untested: ids.filter((id) => !cited.has(id)), unknown: [...cited].filter((id) => !ids.includes(id)).sort() };
}
