import { describe, expect, it } from 'vitest';
import { type MergeRequest, runMerge } from '../src/index.ts';

const versions = [
  { text: 'one', region: 'beijing', user: 'wei' },
  { text: 'two', region: 'shanghai', user: 'lin' },
];
const plugin = (source: string, change: Partial<MergeRequest> = {}) =>
  runMerge({ path: '/a.txt', base: 'zero', versions, how: { strategy: 'plugin', source }, ...change });
const body = (code: string) => plugin(`export default function merge({ path, base, versions }) { ${code} }`);

describe('[SY8] a plug-in', () => {
  it('sees path, base and versions, and answers a text or a conflict', async () => {
    const answer = await body('return { text: JSON.stringify({ path, base, versions }) };');
    expect(answer.type === 'merged' ? JSON.parse(answer.text) : answer).toEqual({ path: '/a.txt', base: 'zero', versions });
    expect(await body('return { conflict: "not these two" };')).toEqual({ type: 'conflict', reason: 'not these two', places: [] });
    expect(await plugin('const m = ({ base }) => ({ text: String(base) }); export { m as default };', { base: null })).toEqual({
      type: 'merged',
      text: 'null',
    });
    expect(await body('return { text: "中\\u{1f600}" };')).toEqual({ type: 'merged', text: '中\u{1f600}' });
  });

  it('has no clock, no chance, no input and no output', async () => {
    const names = [
      'Date',
      'performance',
      'setTimeout',
      'fetch',
      'process',
      'require',
      'console',
      'WeakRef',
      'FinalizationRegistry',
      'os',
      'std',
      'Worker',
    ];
    const answer = await body(
      `return { text: ${JSON.stringify(names)}.filter((name) => name in globalThis).join() + typeof Math.random };`,
    );
    expect(answer).toEqual({ type: 'merged', text: 'undefined' });
    expect(await plugin('import fs from "fs"; export default () => ({ text: "x" });')).toMatchObject({ type: 'failed', why: 'threw' });
    expect(await body('return import("fs");')).toMatchObject({ type: 'failed', why: 'output' });
  });

  it.each([
    ['loops', 'for (;;);', 'time'],
    ['loops in a regular expression', 'return { text: String(/(a+)+b/.test("a".repeat(40))) };', 'time'],
    ['recurses', 'const f = () => 1 + f(); f();', 'threw'],
    ['throws', 'throw new Error("no way");', 'threw'],
    ['throws nothing', 'throw null;', 'threw'],
    ['allocates', 'const all = []; for (;;) all.push(new Array(100000).fill(all.length));', 'memory'],
    ['allocates text', 'const all = []; for (;;) all.push("x".repeat(100000) + all.length);', 'memory'],
    ['answers nothing', '', 'output'],
    ['answers null', 'return null;', 'output'],
    ['answers a number', 'return { text: 1 };', 'output'],
    ['answers a promise', 'return Promise.resolve({ text: "x" });', 'output'],
    ['answers half a character', 'return { text: "\\ud800" };', 'output'],
    ['answers too much', 'return { text: "x".repeat(9 * 1024 * 1024) };', 'output'],
    ['answers with a trap', 'return { get text() { for (;;); } };', 'time'],
  ])('that %s fails, and says why', async (_what, code, why) => {
    const outcome = await body(code);
    expect(outcome).toMatchObject({ type: 'failed', why });
    expect(outcome.type === 'failed' ? outcome.reason : '').toMatch(/plug-in/);
  });

  it.each([
    ['export default async () => ({ text: "x" });', /at once/],
    ['export default () => ({ then: () => 1 });', /at once/],
    ['export default () => { throw null; };', /does not say why/],
    ['export default () => { throw {}; };', /does not say why/],
    ['export default () => { throw new Error(""); };', /does not say why/],
  ])('%s is told what is wrong', async (source, reason) => {
    expect(await plugin(source)).toMatchObject({ type: 'failed', reason: expect.stringMatching(reason) });
  });

  it.each([
    ['is no module', 'export default {', 'threw'],
    ['exports nothing', 'const merge = 1;', 'module'],
    ['exports a value', 'export default 7;', 'module'],
    ['loops while it is loaded', 'for (;;); export default () => 1;', 'time'],
    ['waits for ever while it is loaded', 'await new Promise(() => {}); export default () => 1;', 'module'],
  ])('that %s fails, and says why', async (_what, source, why) => {
    expect(await plugin(source)).toMatchObject({ type: 'failed', why });
  });

  it('leaves no thread behind, whatever it did', () => {
    expect(process.getActiveResourcesInfo().filter((name) => name.includes('Worker') || name === 'MessagePort')).toEqual([]);
  });
});

describe('[SY8] a merge by a strategy', () => {
  it('is the same in a thread as where the caller is', async () => {
    const base = Array.from({ length: 20_000 }, (_, at) => `line ${at}\n`);
    const request = (lines: readonly string[]) => ({
      path: '/a',
      base: lines.join(''),
      versions: [
        { ...versions[0], text: lines.with(1, 'left\n').join('') },
        { ...versions[1], text: lines.with(5, 'right\n').join('') },
      ] as MergeRequest['versions'],
      how: { strategy: 'text' as const },
    });
    for (const lines of [base, base.slice(0, 10)]) {
      expect(await runMerge(request(lines))).toEqual({ type: 'merged', text: lines.with(1, 'left\n').with(5, 'right\n').join('') });
    }
  });

  it('is given up when nobody wants it any more', async () => {
    const abort = new AbortController();
    const outcome = runMerge({ path: '/a', base: '', versions, how: { strategy: 'plugin', source: 'for (;;);' } }, abort.signal);
    abort.abort();
    expect(await outcome).toMatchObject({ type: 'failed', why: 'thread' });
  });
});
