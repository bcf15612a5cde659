import { expect, test } from 'vitest';
import { spacePolicySchema } from '../src/index.ts';

test.each([
  ['**/*.{json,yaml}', true],
  ['/plans/**', true],
  ['docs/**/*.test.*', true],
  ['report ?1?.md', true],
  ['[a-c]*', true],
  ['**/a/**/*.md', true],
  ['**/a/**/a/**/b', false],
  ['*a*a*a*b', false],
  ['{a,aa}{a,aa}{a,aa}{a,aa}b', false],
  ['(a+)+b', false],
  ['+(a|aa)b', false],
  ['[a]+[a]+b', false],
  ['{a,aa}+b', false],
  ['', false],
])('a policy with the glob "%s": %s', (glob, isTaken) => {
  expect(spacePolicySchema.safeParse({ merge: [{ glob, strategy: 'text' }] }).success).toBe(isTaken);
});
