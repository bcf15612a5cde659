import type { MergeRule } from '@jzse/api';
import { describe, expect, it } from 'vitest';
import { chooseMergeRule } from '../src/index.ts';

const rule = (glob: string, strategy: 'text' | 'json' | 'lines' = 'text'): MergeRule => ({ glob, strategy });

describe('which rule of a space merges a file', () => {
  it.each([
    ['*.md', '/notes.md', true],
    ['*.md', '/plans/deep/Notes.MD', true],
    ['*.md', '/plans/.hidden.md', true],
    ['*.md', '/plans/notes.txt', false],
    ['plans/*.md', '/plans/a.md', true],
    ['plans/*.md', 'plans/a.md', true],
    ['plans/*.md', '/other/plans/a.md', false],
    ['/plans/**', '/plans/x/y/z', true],
    ['/*.md', '/a.md', true],
    ['/*.md', '/x/a.md', false],
    ['**/*.{json,yaml}', '/conf/a.yaml', true],
    ['**/*.{json,yaml}', '/a.json', true],
    ['[', '/a.json', false],
  ])('%s and %s: %s', (glob, path, matches) => {
    expect(chooseMergeRule([rule(glob)], path) !== null).toBe(matches);
  });

  it('takes the first that matches', () => {
    const rules = [rule('logs/*', 'lines'), rule('*.json', 'json'), rule('*', 'text')];
    expect(chooseMergeRule(rules, '/logs/a.json')).toBe(rules[0]);
    expect(chooseMergeRule(rules, '/b.json')).toBe(rules[1]);
    expect(chooseMergeRule(rules, '/c')).toBe(rules[2]);
    expect(chooseMergeRule(rules.slice(0, 2), '/c')).toBeNull();
  });
});
