import { JzseError } from '@jzse/api';
import { describe, expect, test } from 'vitest';
import { exitCodeOf, UsageError } from '../src/exit-codes.ts';
import { showDuration, showName, showSize, showTime, table } from '../src/show.ts';
import { parseSpacePath, within } from '../src/space-path.ts';

describe('places', () => {
  test('space and path are told apart', () => {
    expect(parseSpacePath('demo:')).toEqual({ space: 'demo', path: '/', names: [], inside: true });
    expect(parseSpacePath('demo:/a/b')).toEqual({ space: 'demo', path: '/a/b', names: ['a', 'b'], inside: false });
    expect(parseSpacePath('demo:a/b/')).toEqual({ space: 'demo', path: '/a/b', names: ['a', 'b'], inside: true });
    expect(within('/', 'a')).toBe('/a');
    expect(within('/a', 'b')).toBe('/a/b');
  });
  test('what is no place is told to be none, what cannot be a name is told why', () => {
    expect(() => parseSpacePath('/a/b')).toThrow(UsageError);
    expect(() => parseSpacePath('Demo:/a')).toThrow(UsageError);
    for (const text of ['demo:/a/../b', 'demo:/a//b', 'demo:/a\\b']) expect(() => parseSpacePath(text)).toThrow(JzseError);
  });
});

test('exit codes', () => {
  const codes = (['unknown-path', 'unreachable', 'hub-unreachable', 'unauthenticated', 'precondition-failed', 'invalid-name'] as const).map(
    (code) => exitCodeOf(new JzseError(code, 'x')),
  );
  expect(codes).toEqual([4, 3, 3, 6, 5, 1]);
  expect(exitCodeOf(new UsageError('x'))).toBe(2);
  expect(exitCodeOf(new DOMException('x', 'AbortError'))).toBe(130);
  expect(exitCodeOf(new Error('x'))).toBe(1);
});

describe('figures', () => {
  test('sizes', () => {
    expect([0, 1023, 1024, 1536, 104_857_600, 1_048_575, 1.5 * 2 ** 40].map(showSize)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 KiB',
      '100 MiB',
      '1.0 MiB',
      '1.5 TiB',
    ]);
  });
  test('times', () => {
    const now = Date.UTC(2026, 10, 25);
    expect([0, 1_000, 59_000, 180_000, 7_200_000, 30 * 86_400_000, -5_000].map((ago) => showTime(now - ago, now))).toEqual([
      'now',
      '1 second ago',
      '59 seconds ago',
      '3 minutes ago',
      '2 hours ago',
      '2026-10-26',
      'in 5 seconds',
    ]);
    expect(showTime(null, now)).toBe('never');
    expect([12, 2_400, 180_000].map(showDuration)).toEqual(['12 ms', '2.4 s', '3 min']);
  });
  test('columns are aligned, for wide characters too', () => {
    const rows = [
      { name: '报告', size: '5 B' },
      { name: 'ab', size: '12 KiB' },
    ];
    expect(
      table(rows, [
        { title: 'name', value: ({ name }) => name },
        { title: 'size', right: true, value: ({ size }) => size },
      ]),
    ).toBe('NAME    SIZE\n报告     5 B\nab    12 KiB\n');
  });
  test('names of others cannot steer the terminal', () => {
    expect(showName('a\u001b[31mb\u202e')).toBe('a\\u001b[31mb\\u202e');
  });
});
