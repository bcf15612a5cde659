import type { EntryInfo } from '@jzse/api/edge';
import { describe, expect, test } from 'vitest';
import { nextSort, sortByName, sortEntries } from '../src/files/sort-entries.ts';
import { formatBytes, formatTime } from '../src/text/format.ts';

const entry = (name: string, facts: Partial<EntryInfo> = {}): EntryInfo =>
  ({ id: name, name, kind: 'file', path: `/${name}`, size: 0, modifiedMs: 0, ...facts }) as EntryInfo;
const names = (entries: readonly EntryInfo[]) => entries.map(({ name }) => name);

describe('sorting', () => {
  const entries = [entry('b 10'), entry('z', { kind: 'folder' }), entry('B 2', { size: 9 }), entry('a', { size: 5 })];

  test('folders come first and names are counted as people count', () => {
    expect(names(sortEntries(entries, sortByName, 'en'))).toEqual(['z', 'a', 'B 2', 'b 10']);
  });

  test('folders stay first the other way round', () => {
    expect(names(sortEntries(entries, { column: 'size', descending: true }, 'en'))).toEqual(['z', 'B 2', 'a', 'b 10']);
  });

  test('a second click turns the order; a new column starts with what one looks for', () => {
    expect(nextSort(sortByName, 'name')).toEqual({ column: 'name', descending: true });
    expect(nextSort(sortByName, 'modified')).toEqual({ column: 'modified', descending: true });
  });
});

describe('figures for people', () => {
  test.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1536, '1.5 KiB'],
    [200 * 1024 ** 2, '200 MiB'],
    [5 * 1024 ** 4, '5 TiB'],
  ])('%d bytes', (bytes, text) => expect(formatBytes(bytes, 'en')).toBe(text));

  test('times are said as people say them, and a clock that runs ahead does not confuse', () => {
    const nowMs = Date.UTC(2026, 10, 25, 12);
    const say = (timeMs: number) => formatTime(timeMs, { nowMs, language: 'en', justNow: 'just now' });
    expect(say(nowMs - 5_000)).toBe('just now');
    expect(say(nowMs + 5_000)).toBe('just now');
    expect(say(nowMs - 3 * 60_000)).toBe('3 minutes ago');
    expect(say(nowMs - 2 * 3_600_000)).toBe('2 hours ago');
    expect(say(nowMs - 400 * 86_400_000)).toMatch(/2025/);
  });
});
