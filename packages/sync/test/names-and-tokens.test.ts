import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SpaceId } from '../src/index.ts';
import {
  checkName,
  decodeCausalToken,
  dotKey,
  encodeCausalToken,
  InvalidPath,
  joinPath,
  nameKey,
  parseDotKey,
  regionId,
  replicaId,
  splitPath,
} from '../src/index.ts';
import { conflictName } from '../src/names.ts';
import { utcDate } from '../src/utc-date.ts';

const dot = { replica: replicaId(regionId('beijing'), 1), counter: 42 };

describe('names', () => {
  test.each(['', '.', '..', 'a/b', 'a\\b', 'a\0b', 'a\nb', '\ud800', 'x'.repeat(256), '文'.repeat(86)])('%j is refused', (name) =>
    expect(checkName(name)).not.toBeNull(),
  );
  test.each(['CON', 'trailing.', 'a:b', '...', '文'.repeat(85), '😀', ' '])('%j is accepted', (name) => expect(checkName(name)).toBeNull());
  test('paths that climb or hold an empty name are refused', () => {
    for (const path of ['/a/../b', '/..', '//a', '/a//b', '/./a']) expect(() => splitPath(path)).toThrow(InvalidPath);
  });
  test('a path comes back as it was', () => expect(joinPath(splitPath('/a/b c/文'))).toBe('/a/b c/文'));
  test('[SY5] names that a desktop takes for one have one key', () => expect(nameKey('É.TXT')).toBe(nameKey('e\u0301.txt')));
  test('[SY5] a conflict name can always be stored', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }), (name) => {
        fc.pre(checkName(name) === null);
        expect(checkName(conflictName(name, { region: 'beijing', date: '2026-11-24', attempt: 3 }))).toBeNull();
      }),
    );
  });
});

test('the date of a time is what a calendar says', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      (wallMs) => void expect(utcDate(wallMs)).toBe(new Date(wallMs).toISOString().slice(0, 10)),
    ),
  );
});

test('[SY1] dots have one text form, and nothing else parses', () => {
  expect(dotKey(dot)).toBe('beijing:1/42');
  expect(parseDotKey('beijing:1/42')).toEqual(dot);
  for (const text of ['', 'beijing/42', 'beijing:1/0', 'beijing:1/42x', 'Beijing:1/42', 'beijing:1/-1'])
    expect(parseDotKey(text)).toBeNull();
});

test('[SY12] a causal token comes back as it was, and other text is refused', () => {
  const token = { space: 'demo' as SpaceId, position: { epoch: 2, sequence: 1841 }, dot };
  expect(decodeCausalToken(encodeCausalToken(token))).toEqual(token);
  expect(decodeCausalToken(encodeCausalToken({ ...token, dot: null }))).toEqual({ ...token, dot: null });
  for (const text of ['', 'demo', 'demo@1', 'demo@1.2+', 'DEMO@1.2', 'demo@1.2+x', `demo@1.2${' '.repeat(9)}`])
    expect(decodeCausalToken(text)).toBeNull();
});
