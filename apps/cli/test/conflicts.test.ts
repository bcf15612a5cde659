import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../src/run-command.ts';
import { captureCli } from './captured-cli.ts';
import { conflict, startConflictEdge } from './conflict-edge.ts';

const folder = mkdtempSync(join(tmpdir(), 'jzse-conflicts-'));
let edge: Awaited<ReturnType<typeof startConflictEdge>>;
beforeAll(async () => {
  edge = await startConflictEdge();
  writeFileSync(join(folder, 'mine.md'), 'mine\n');
});
beforeEach(() => edge.asked.splice(0));
afterAll(() => {
  edge.close();
  rmSync(folder, { recursive: true });
});

async function jzse(...args: string[]) {
  const cli = captureCli(folder);
  const code = await runCommand(['--edge', edge.url, '--token', 'x', ...args], cli);
  return { code, out: cli.out(), err: cli.err() };
}

describe('jzse conflicts', () => {
  test('lists them, in one place or everywhere', async () => {
    const { code, out } = await jzse('conflicts');
    expect(code).toBe(0);
    expect(out).toMatch(/demo:\/plans\/a\.md +lin in shanghai, 2026-01-01 +wei in beijing, 2026-01-01 +text, failed: both sides/);
    expect(out).toMatch(/1 conflict\. Look at one/);
    expect((await jzse('conflicts', 'demo:/empty')).out).toBe('No conflicts in demo:/empty.\n');
    expect(JSON.parse((await jzse('--json', 'conflicts', 'demo')).out)).toMatchObject([{ space: 'demo', path: '/plans/a.md' }]);
  });

  test('shows one with versions, base, reason, differences and ways to end it', async () => {
    const { out } = await jzse('conflicts', 'demo:/plans/a.md');
    expect(out).toMatch(/2 versions in conflict\nlin in shanghai changed it without/);
    expect(out).toMatch(/shown +shanghai:1\/7 +5 B +2026-01-01 +shanghai +lin +desk/);
    expect(out).toMatch(/base +beijing:1\/1/);
    expect(out).toMatch(/-right\n\+left\\u001b\[31m\n/);
    expect(out).toMatch(/jzse resolve demo:\/plans\/a\.md --version beijing:1\/4 +show the version of wei in beijing/);
    expect(JSON.parse((await jzse('--json', 'conflicts', 'demo:/plans/a.md')).out)).toMatchObject({
      space: 'demo',
      reason: conflict.reason,
    });
    expect(await jzse('conflicts', 'demo:/other.md')).toMatchObject({ code: 5, err: expect.stringMatching(/no-conflict/) });
  });
});

describe('jzse resolve', () => {
  const seen = ['shanghai:1/7', 'beijing:1/4'];
  test.each<[string[], unknown, RegExp]>([
    [
      ['--version', 'beijing:1/4'],
      { type: 'version', version: 'beijing:1/4' },
      /the version of wei in beijing is shown; 1 other version is in its history/,
    ],
    [['--keep-both'], { type: 'keep-both' }, /1 other version is a file beside it/],
    [['--merge'], { type: 'merge', strategy: null }, /merged/],
    [['--merge', 'lines'], { type: 'merge', strategy: 'lines' }, /merged/],
    [['--content', 'mine.md'], { type: 'content', content: { size: 5 } }, /your file is shown/],
    [['--newest'], { type: 'version', version: 'shanghai:1/7' }, /lin in shanghai/],
    [['--oldest'], { type: 'version', version: 'beijing:1/4' }, /wei in beijing/],
    [['--person', 'wei'], { type: 'version', version: 'beijing:1/4' }, /wei in beijing/],
    [['--from-region', 'shanghai'], { type: 'version', version: 'shanghai:1/7' }, /lin in shanghai/],
    [['--region', 'beijing'], { type: 'version', version: 'beijing:1/4' }, /wei in beijing/],
  ])('a file %j', async (args, choice, told) => {
    const { code, out, err } = await jzse('resolve', 'demo:/plans/a.md', ...args);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(told);
    expect(edge.asked).toMatchObject([{ name: 'one', request: { path: '/plans/a.md', seen, choice } }]);
  });

  test('a folder by a rule, after a preview; what is left and how to undo it is told', async () => {
    const preview = await jzse('resolve', 'demo:/plans', '--from-region', 'beijing', '--preview');
    expect(preview.out).toMatch(/1 conflict would be ended; 1 left as they are/);
    const { out, code } = await jzse('resolve', 'demo', '--newest');
    expect(code).toBe(0);
    expect(out).toMatch(/demo:\/plans\/b\.md: left as it is, no version/);
    expect(out).toMatch(
      /2 conflicts ended; 1 left as they are\.\nUndo it with: jzse resolve --undo change-1 demo\nUndo it with: jzse resolve --undo change-0 demo\n/,
    );
    expect(edge.asked.map(({ request }) => request)).toMatchObject([
      { folder: '/plans', rule: { type: 'region', region: 'beijing' }, preview: true },
      { folder: '/', rule: { type: 'newest' }, preview: false },
      { folder: '/', rule: { type: 'newest' }, preview: false },
    ]);
  });

  test('takes a change back', async () => {
    const { out } = await jzse('resolve', '--undo', 'change-1', 'demo');
    expect(out).toMatch(/demo:\/x: left as it is, it was changed since\n0 steps back; 1 file left/);
    expect(edge.asked).toMatchObject([{ name: 'undo', request: { space: 'demo', changeId: 'change-1' } }]);
  });

  test.each([
    [['demo:/plans/a.md']],
    [['demo:/plans']],
    [['demo:/plans', '--version', 'x']],
    [['demo:/plans/a.md', '--newest', '--oldest']],
    [['demo:/plans/a.md', '--merge', 'magic']],
    [['demo:/plans/a.md', '--merge', '--preview']],
  ])('%j is wrong usage', async (args) => {
    expect(await jzse('resolve', ...args)).toMatchObject({ code: 2 });
    expect(edge.asked).toEqual([]);
  });
});
