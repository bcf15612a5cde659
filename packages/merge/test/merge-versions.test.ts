import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, mergeJson, mergeLines, mergeText, mergeVersions, type TextStrategy, unifiedDiff } from '../src/index.ts';

const strategies: readonly TextStrategy[] = ['text', 'json', 'lines'];
const line = fc.constantFrom('a', 'b', 'c', 'd', 'e', '', '  x', '}', '__proto__', 'constructor');
const lines = fc.array(line, { maxLength: 14 });
const text = fc
  .record({ lines, end: fc.constantFrom('\n', '\r\n'), isClosed: fc.boolean(), mark: fc.boolean() })
  .map(({ lines: all, end, isClosed, mark }) => (mark ? '\ufeff' : '') + all.join(end) + (isClosed ? end : ''));
const json = fc.jsonValue({ maxDepth: 3 });
const written = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
const merged = (value: string) => ({ type: 'merged', text: value });

describe('[SY8] whatever the strategy', () => {
  const anyText = fc.oneof(text, json.map(written), fc.string());
  it.each(strategies)('%s: the same change twice is that change, and a side that changed nothing yields to the other', (strategy) => {
    fc.assert(
      fc.property(anyText, anyText, (base, changed) => {
        expect(mergeVersions(strategy, { base, versions: [changed, changed] })).toEqual(merged(changed));
        expect(mergeVersions(strategy, { base, versions: [base, changed] })).toEqual(merged(changed));
        expect(mergeVersions(strategy, { base, versions: [changed, base] })).toEqual(merged(changed));
        expect(mergeVersions(strategy, { base, versions: [base, changed, base, changed] })).toEqual(merged(changed));
      }),
    );
  });

  it('more than two versions become one, in the order given', () => {
    const versions = ['1\na\n2\n3\n', '1\n2\nb\n3\n', '1\n2\n3\nc\n'];
    expect(mergeVersions('text', { base: '1\n2\n3\n', versions })).toEqual(merged('1\na\n2\nb\n3\nc\n'));
    expect(mergeVersions('lines', { base: null, versions: ['a\n', 'b\n', 'c\n'] })).toEqual(merged('a\nb\nc\n'));
  });
});

describe('[SY8] text', () => {
  it('takes changes of both sides, and says the lines where they collide', () => {
    expect(mergeText({ base: 'a\nb\nc\n', left: 'A\nb\nc\n', right: 'a\nb\nC\n' })).toEqual(merged('A\nb\nC\n'));
    expect(mergeText({ base: 'a\nb\nc\n', left: 'a\nX\nc\n', right: 'a\nY\nc\n' })).toEqual({
      type: 'conflict',
      reason: 'both sides changed the same lines',
      places: ['line 2'],
    });
    expect(mergeText({ base: 'a\n', left: 'a\nb\n', right: 'a\nc\n' }).type).toBe('conflict');
    expect(mergeText({ base: null, left: 'a', right: 'b' }).type).toBe('conflict');
  });

  it('keeps line ends, the byte order mark and a missing last line end as either side wants them', () => {
    expect(mergeText({ base: 'a\nb\nc', left: 'a\r\nb\r\nc', right: 'a\nb\nC' })).toEqual(merged('a\r\nb\r\nC'));
    expect(mergeText({ base: 'a\nb\nc\n', left: '\ufeffA\nb\nc\n', right: 'a\nb\nc' })).toEqual(merged('\ufeffA\nb\nc'));
    expect(mergeText({ base: 'a\r\nb\nc\n', left: 'A\r\nb\nc\n', right: 'a\r\nb\nc\nd' })).toEqual(merged('A\r\nb\nc\nd'));
    expect(mergeText({ base: '', left: 'a\n', right: '' })).toEqual(merged('a\n'));
  });

  it('says the same whichever side is named first', () => {
    fc.assert(
      fc.property(text, text, text, (base, left, right) => {
        const [one, other] = [mergeText({ base, left, right }), mergeText({ base, left: right, right: left })];
        expect(other.type).toBe(one.type);
        if (one.type === 'merged') expect(other).toEqual(one);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of long texts costs what differs', () => {
    const all = Array.from({ length: 200_000 }, (_, at) => `line ${at}`);
    const left = all.with(10, 'left');
    const right = all.with(199_990, 'right');
    const both = left.with(199_990, 'right');
    expect(mergeText({ base: all.join('\n'), left: left.join('\n'), right: right.join('\n') })).toEqual(merged(both.join('\n')));
    const logged = (by: string): string => [...all, ...all.map((line) => by + line), ''].join('\n');
    const union = [...all, ...all.map((line) => `l${line}`), ...all.map((line) => `r${line}`), ''].join('\n');
    expect(mergeLines({ base: `${all.join('\n')}\n`, left: logged('l'), right: logged('r') })).toEqual(merged(union));
  });

  it('gives up on texts that are the same few lines over and over', () => {
    const noise = (of: string): string => Array.from({ length: 30_000 }, (_, at) => (at % 2 === 0 ? of : 'x')).join('\n');
    expect(mergeText({ base: noise('a'), left: noise('b'), right: noise('c') }).type).toBe('conflict');
    expect(mergeText({ base: '\n'.repeat(600_000), left: 'a', right: 'b' }).type).toBe('conflict');
  });
});

describe('[SY8] lines', () => {
  it('is the union, in order; what was deleted is gone', () => {
    expect(mergeLines({ base: '1\n2\n', left: '1\n2\n3\n', right: '1\n2\n4\n' })).toEqual(merged('1\n2\n3\n4\n'));
    expect(mergeLines({ base: '1\n2\n3\n', left: '1\n3\nl\n', right: '0\n1\n2\n3\n' })).toEqual(merged('0\n1\n3\nl\n'));
    expect(mergeLines({ base: null, left: 'a\nb\n', right: 'b\nc\n' })).toEqual(merged('a\nb\nc\n'));
    expect(mergeLines({ base: '1\n', left: '1\nsame\n', right: '1\nsame\n2' })).toEqual(merged('1\nsame\n2'));
  });

  it('has all that either side added, and nothing that either deleted or nobody wrote', () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, left, right) => {
        const join = (all: readonly string[]): string => all.map((item) => `${item}\n`).join('');
        const result = mergeLines({ base: join(base), left: join(left), right: join(right) });
        const union = result.type === 'merged' ? result.text.split('\n').slice(0, -1) : [];
        for (const added of [...left, ...right].filter((wanted) => !base.includes(wanted))) expect(union).toContain(added);
        for (const kept of union) expect([...base, ...left, ...right]).toContain(kept);
        for (const gone of base.filter((was) => !left.includes(was) && !right.includes(was))) expect(union).not.toContain(gone);
      }),
      { numRuns: 1_000 },
    );
  });

  it('of one line each keeps both orders', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(40)), fc.uniqueArray(fc.nat(40)), (left, right) => {
        const join = (all: readonly number[]): string => all.map((item) => `${item}\n`).join('');
        const [evens, odds] = [left.map((item) => item * 2), right.map((item) => item * 2 + 1)];
        const result = mergeLines({ base: '', left: join(evens), right: join(odds) });
        const union = result.type === 'merged' ? result.text.split('\n').filter(Boolean).map(Number) : [];
        expect(union.filter((item) => item % 2 === 0)).toEqual(evens);
        expect(union.filter((item) => item % 2 === 1)).toEqual(odds);
      }),
    );
  });
});

describe('[SY8] json', () => {
  it('merges members, and names the pointers of what collides', () => {
    const base = '{\n  "a": 1,\n  "b": { "x": [1, 2], "y": 2 }\n}\n';
    const left = '{\n  "a": 1,\n  "b": { "x": [1, 2], "y": 3 },\n  "l": true\n}\n';
    const right = '{\n  "a": 2,\n  "b": { "x": [1, 2], "y": 2 }\n}\n';
    expect(mergeJson({ base, left, right })).toEqual(merged('{\n  "a": 2,\n  "b": { "x": [1, 2], "y": 3 },\n  "l": true\n}\n'));
    const collision = mergeJson({ base, left, right: right.replace('"y": 2', '"y": 4').replace('[1, 2]', '[1]') });
    expect(collision).toMatchObject({ type: 'conflict', places: ['/b/y'] });
    expect(mergeJson({ base: '{"a/b":{"~":1}}', left: '{"a/b":{"~":2}}', right: '{"a/b":{"~":3}}' })).toMatchObject({
      places: ['/a~1b/~0'],
    });
    expect(mergeJson({ base: '{"a":[1]}', left: '{"a":[1,2]}', right: '{"a":[0,1]}' })).toMatchObject({ places: ['/a'] });
    expect(mergeJson({ base: '{"a":1}', left: '{}', right: '{"a":2}' })).toMatchObject({ places: ['/a'] });
  });

  it('is safe with odd keys and numbers, and refuses what is not JSON', () => {
    const big = '123456789012345678901234567890';
    const result = mergeJson({ base: `{"n":${big}}`, left: `{"n":${big},"__proto__":{"x":1}}`, right: `{"n":${big},"constructor":1.50}` });
    expect(result).toEqual(merged(`{"n":${big},"__proto__":{"x":1},"constructor":1.50}`));
    for (const bad of ['{"a":1,"a":2}', '{a:1}', '{"a":1,}', '[1', '', '"\n"', '{"a":01}', 'nul', '1 2', '['.repeat(600)])
      expect([bad, mergeJson({ base: '{}', left: '{"l":1}', right: bad }).type]).toEqual([bad, 'conflict']);
    const long = `"${'x\\n'.repeat(2_000_000)}"`;
    expect(mergeJson({ base: '{}', left: `{"l":${long}}`, right: '{"r":1}' })).toEqual(merged(`{"l":${long},"r":1}`));
  });

  it('keeps the layout', () => {
    const indented = (value: unknown): string => JSON.stringify(value, null, '\t').replaceAll('\n', '\r\n');
    const result = mergeJson({ base: indented({ a: { b: 1 } }), left: indented({ a: { b: 1, c: 2 } }), right: indented({ a: { b: 3 } }) });
    expect(result).toEqual(merged(indented({ a: { b: 3, c: 2 } })));
    expect(mergeJson({ base: '{"a":1}', left: '{"a":1,"b":2}', right: '{"a":3}' })).toEqual(merged('{"a":3,"b":2}'));
    expect(mergeJson({ base: '{"a": 1}', left: '{"a": 1, "b": 2}', right: '{"a": 3}' })).toEqual(merged('{"a": 3, "b": 2}'));
  });

  it('loses no key that only one side changed, and means the same whichever side is named first', () => {
    const object = fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'x/y'), json, { noNullPrototype: false });
    fc.assert(
      fc.property(object, object, object, (base, left, right) => {
        const sides = [base, left, right].map(written) as [string, string, string];
        const one = mergeJson({ base: sides[0], left: sides[1], right: sides[2] });
        const other = mergeJson({ base: sides[0], left: sides[2], right: sides[1] });
        expect(other.type).toBe(one.type);
        if (one.type !== 'merged' || other.type !== 'merged') return;
        const value = JSON.parse(one.text) as Record<string, unknown>;
        expect(JSON.parse(other.text)).toEqual(value);
        const parsed = sides.map((side) => JSON.parse(side)) as [Record<string, unknown>, Record<string, unknown>, Record<string, unknown>];
        const at = (from: Record<string, unknown>, key: string) => JSON.stringify(Object.getOwnPropertyDescriptor(from, key)?.value);
        for (const key of new Set(parsed.flatMap(Object.keys))) {
          if (at(parsed[1], key) === at(parsed[0], key)) expect(at(value, key)).toEqual(at(parsed[2], key));
          if (at(parsed[2], key) === at(parsed[0], key)) expect(at(value, key)).toEqual(at(parsed[1], key));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('what is compared', () => {
  it('is text only where it is UTF-8 without NUL', () => {
    expect(decodeText(Buffer.from('\ufeffzhōng 中\r\n'))).toBe('\ufeffzhōng 中\r\n');
    expect(decodeText(Buffer.from([0x61, 0, 0x62]))).toBeNull();
    expect(decodeText(Buffer.from([0xff, 0xfe, 0x61]))).toBeNull();
    expect(decodeText(Buffer.alloc(9 * 1024 * 1024, 'a'))).toBeNull();
  });

  it('is shown as people know it', () => {
    const all = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`);
    const changed = all.with(9, 'ten').toSpliced(0, 1);
    expect(unifiedDiff({ name: 'a', text: `${all.join('\n')}\n` }, { name: 'b', text: changed.join('\n') })).toBe(
      [
        '--- a',
        '+++ b',
        '@@ -1,4 +1,3 @@',
        '-line 1',
        ' line 2',
        ' line 3',
        ' line 4',
        '@@ -7,7 +6,7 @@',
        ' line 7',
        ' line 8',
        ' line 9',
        '-line 10',
        '+ten',
        ' line 11',
        ' line 12',
        ' line 13',
        '@@ -17,4 +16,4 @@',
        ' line 17',
        ' line 18',
        ' line 19',
        '-line 20',
        '+line 20',
        '\\ No newline at end of file',
        '',
      ].join('\n'),
    );
    const shown = (left: string, right: string): string => unifiedDiff({ name: '伟', text: left }, { name: 'b', text: right });
    expect(shown('', 'x\n')).toBe('--- 伟\n+++ b\n@@ -0,0 +1,1 @@\n+x\n');
    expect(shown('a\r\nb\r\n', '\ufeffa\nc\n')).toBe('--- 伟\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n');
    expect(shown('a\r\nb\r\n', 'a\nb\n')).toBe('--- 伟\n+++ b\nonly the line ends differ\n');
    expect(shown('\ufeffa\n', 'a\n')).toBe('--- 伟\n+++ b\nonly the byte order mark differs: removed\n');
    expect(shown('x', 'x')).toBe('');
    const numbered = (of: string, count: number): string => Array.from({ length: count }, (_, at) => `${of}${at}\n`).join('');
    expect(shown(numbered('a', 450), numbered('b', 450)).split('\n')).toHaveLength(3 + 900 + 1);
    expect(shown(numbered('a', 2_000), numbered('b', 2_000))).toBe('');
  });
});
