import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JzseError } from '@jzse/api';
import { type EdgeServices, type EntryInfo, edgeRouter, type PastEntry } from '@jzse/api/edge';
import type { Author, EntryId } from '@jzse/sync';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseMoment } from '../src/moment.ts';
import { runCommand } from '../src/run-command.ts';
import { captureCli } from './captured-cli.ts';

const author = { user: 'wei', device: 'desk', region: 'beijing' } as Author;
const id = 'e1' as EntryId;
const past = (path: string, kind: 'file' | 'folder' = 'file'): PastEntry => {
  return { id, kind, path, size: 5, version: kind === 'file' ? 'beijing:1/4' : null, author: kind === 'file' ? author : null };
};
const asked: { readonly name: string; readonly request: unknown }[] = [];
const note = <T>(name: string, request: unknown, answer: T): T => {
  asked.push({ name, request });
  return answer;
};

/** An edge that knows a past and keeps what it is asked to do. */
const services: Partial<EdgeServices> = {
  restore: async (request) => {
    if (request.path === '/none') throw new JzseError('unknown-path', 'nothing at /none is deleted and still kept');
    return note('restore', request, { id, path: request.path, version: 'beijing:1/9', kind: 'file' } as EntryInfo);
  },
  restoreTo: async (request) =>
    note('restoreTo', request, {
      changeId: request.preview ? null : 'change-1',
      done: [{ path: '/plans/a', what: 'former content shown again', version: null }],
      skipped: [{ path: '/plans/b', why: 'it is no longer kept' }],
      more: false,
    }),
  listDeleted: async (_space, folder, { after }) => {
    if (folder === '/empty') return { entries: [], next: null };
    const entry = { id, kind: 'file' as const, size: 5, deletedMs: Date.now() - 60_000, deletedBy: 'lin' };
    return { entries: [{ ...entry, path: after === null ? '/a' : '/b\u001b[31m' }], next: after === null ? 'more' : null };
  },
  listAt: async (request) => {
    note('listAt', request, null);
    if (request.moment.atMs < 1_000) throw new JzseError('history-ended', 'the past of demo does not reach back so far');
    const [first, second] = [past('/plans', 'folder'), past('/plans/a')];
    return {
      position: { epoch: 0, sequence: 1 },
      entries: request.after === null ? [first] : [second],
      next: request.after === null ? '1' : null,
    };
  },
  difference: async (request) =>
    note('difference', request, {
      differences: [
        { path: '/a', what: 'differs' as const, left: past('/a'), right: { ...past('/a'), version: 'beijing:1/7' } },
        { path: '/b', what: 'only-left' as const, left: past('/b', 'folder'), right: null },
        { path: '/c', what: 'only-right' as const, left: null, right: past('/c') },
      ],
      more: false,
    }),
};

const folder = mkdtempSync(join(tmpdir(), 'jzse-restore-'));
const server = createServer(
  createHTTPHandler({
    router: edgeRouter,
    basePath: '/trpc/',
    createContext: () => ({
      services: services as EdgeServices,
      author,
      allow: async () => undefined,
      accounts: {} as never,
      sharing: {} as never,
    }),
  }),
);
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
beforeEach(() => asked.splice(0));
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true });
});

async function jzse(...args: string[]) {
  const cli = captureCli(folder);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await runCommand(['--edge', url, '--token', 'x', ...args], cli);
  return { code, out: cli.out(), err: cli.err() };
}

describe('jzse restore', () => {
  test('brings back what was deleted, or a version', async () => {
    expect(await jzse('restore', 'demo:/a')).toMatchObject({ code: 0, out: 'demo:/a is back as version beijing:1/9.\n' });
    expect((await jzse('restore', 'demo:/a', '--version', 'beijing:1/4')).code).toBe(0);
    expect(asked.map(({ request }) => request)).toMatchObject([{ version: null }, { version: 'beijing:1/4' }]);
    expect(await jzse('restore', 'demo:/none')).toMatchObject({ code: 4, err: expect.stringContaining('nothing at /none') });
    expect((await jzse('restore', 'demo')).code).toBe(2);
  });

  test('lists what can come back, and never what could steer the terminal', async () => {
    const { out } = await jzse('restore', '--list', 'demo');
    expect(out).toMatch(/5 B +1 minute ago +lin +\/a\n.*lin +\/b\\u001b\[31m\nBring one back with/s);
    expect((await jzse('restore', '--list', 'demo:/empty')).out).toBe('Nothing is deleted there that is still kept.\n');
    expect(JSON.parse((await jzse('--json', 'restore', '--list', 'demo')).out)).toHaveLength(2);
  });

  test('has a folder as it was, previews it, and says how to undo it', async () => {
    const { code, out } = await jzse('restore', 'demo:/plans', '--to', 'beijing@2026-01-01T00:00:00Z', '--remove-new');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'demo:/plans/a: former content shown again\ndemo:/plans/b: left as it is, it is no longer kept\n1 step; 1 left as they are.\nUndo it with: jzse resolve --undo change-1 demo\n',
    });
    expect(asked[0]?.request).toMatchObject({
      path: '/plans',
      removeNew: true,
      preview: false,
      moment: { atMs: Date.UTC(2026, 0, 1), region: 'beijing' },
    });
    expect((await jzse('restore', 'demo', '--to', '10m ago', '--preview')).out).toContain('1 step would be made');
    expect((await jzse('restore', 'demo', '--preview')).code).toBe(2);
    expect((await jzse('restore', 'demo', '--list', '--to', 'now')).code).toBe(2);
  });
});

test('jzse tree and ls show what was, page by page', async () => {
  const { out } = await jzse('tree', 'demo:/', '--at', '10m ago');
  expect(out).toMatch(/\/plans\/\n.*5 B +beijing:1\/4 +wei +\/plans\/a\n/s);
  expect(JSON.parse((await jzse('--json', 'ls', 'demo:/', '--at', 'now')).out)).toMatchObject([{ path: '/plans' }, { path: '/plans/a' }]);
  expect(asked.map(({ request }) => (request as { readonly recursive: boolean }).recursive)).toEqual([true, true, false, false]);
  expect(await jzse('tree', 'demo:/', '--at', '1970-01-01')).toMatchObject({ code: 4, err: expect.stringContaining('history-ended') });
});

test('jzse history --diff tells what differs between two moments', async () => {
  const expected = '~ /a  beijing:1/4 -> beijing:1/7\n- /b/\n+ /c  beijing:1/4\n3 differences between 10m ago and now.\n';
  expect((await jzse('history', '--diff', '10m ago', 'now', 'demo:/')).out).toBe(expected);
  expect((await jzse('history', 'demo', '--diff', '10m ago', 'now')).out).toBe(expected);
  expect((await jzse('history', '--diff', 'now', 'demo:/')).code).toBe(2);
});

test('moments are times, or times ago, of the hub or of a region', () => {
  expect(parseMoment('beijing@2m ago', 1_000_000)).toEqual({ atMs: 880_000, region: 'beijing' });
  expect(parseMoment('1.5 h ago', 10_000_000)).toEqual({ atMs: 4_600_000, region: null });
  expect(parseMoment('2028-02-29T12:00:00Z', 0)).toEqual({ atMs: Date.UTC(2028, 1, 29, 12), region: null });
  expect(parseMoment('2026-11-25', 0)).toEqual({ atMs: Date.UTC(2026, 10, 25), region: null });
  for (const text of ['yesterday', '5', 'a b@now', '', '@now', '2026-02-31', '2026-02-29T10:00:00Z', '2026-13-01'])
    expect(() => parseMoment(text, 0)).toThrow('time');
});
