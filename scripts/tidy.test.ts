import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const fileLinesMax = 400;

/** Offenders that stand for now, with their size: a listed file may shrink, never grow. (Functions: Biome's noExcessiveLinesPerFunction, 70.) */
const ratchet: Record<string, number> = {};

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((path) => path !== '' && existsSync(path));
const sources = tracked.filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts'));
const read = (path: string): string => readFileSync(path, 'utf8');

describe('tidy', () => {
  test('files stay small enough to read in a sitting', () => {
    const offenders: string[] = [];
    for (const path of sources) {
      const text = read(path);
      offenders.push(...tooLong(path, text.split('\n').length, fileLinesMax));
    }
    expect(offenders).toEqual([]);
  });

  test('every rule of the spec has a test that names it', () => {
    const ids = [...read('docs/spec/sync.md').matchAll(/^(?:#+ |[-*] )?\**(SY\d+[a-z]?)\b/gm)].map((match) => match[1] ?? '');
    expect(ids.length).toBeGreaterThan(10);
    const tests = sources
      .filter((path) => path.includes('test'))
      .map(read)
      .join('\n');
    expect(ids.filter((id) => !tests.includes(`[${id}]`))).toEqual([]);
  });

  test('no file is named after a drawer', () => {
    expect(sources.filter((path) => /(^|\/)(utils?|helpers?|common|misc)(\.tsx?$|\/)/.test(path))).toEqual([]);
  });

  test('nothing is left for later in the source', () => {
    const marker = new RegExp(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].map((word) => `\\b${word}\\b`).join('|'));
    expect(sources.filter((path) => marker.test(read(path)))).toEqual([]);
  });

  test('paths that README and docs name exist', () => {
    const missing = tracked
      .filter((path) => path === 'README.md' || path.startsWith('docs/'))
      .flatMap((path) =>
        [...read(path).matchAll(/`((?:apps|packages|docs|e2e|bench|scripts|deploy)\/[\w./-]+)`/g)].map((match) => match[1] ?? ''),
      )
      .filter((path) => !existsSync(path) && !path.includes('/dist'));
    expect(missing).toEqual([]);
  });
});

function tooLong(key: string, lines: number, max: number): string[] {
  const allowed = ratchet[key] ?? max;
  return lines > allowed ? [`${key}: ${lines} lines, at most ${allowed}`] : [];
}
