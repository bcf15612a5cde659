import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DirectoryRecord } from '@jzse/api';
import type { FleetServices } from '@jzse/api/hub';
import { type OpenRegionStore, openRegionStore } from '@jzse/db/region';
import type { RegionId, SpaceId } from '@jzse/sync';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CopyDirectoryDeps, copyDirectory } from '../../src/trust/copy-directory.ts';
import { checkNotCutOff } from '../../src/trust/cut-off.ts';
import { createDirectoryView, type DirectoryView } from '../../src/trust/directory-view.ts';

const space = 'demo' as SpaceId;
let folder: string;
let store: OpenRegionStore;
let view: DirectoryView;
let nowMs = 1_000_000;
let hub: { life: string; records: DirectoryRecord[] };
let deps: CopyDirectoryDeps;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-copy-'));
  store = openRegionStore({ file: join(folder, 'region.db'), nowMs: () => nowMs });
  view = createDirectoryView(store.directory);
  hub = { life: 'first', records: [] };
  const directory: FleetServices['directory'] = async ({ after }) => {
    const found = hub.records.filter((record) => record.revision > after);
    // Pages of two: a directory is read in steps.
    const records = found.slice(0, 2);
    return { life: hub.life, records, revision: records.at(-1)?.revision ?? last(), isLast: records.length === found.length };
  };
  const logger = pino({ level: 'silent' });
  deps = {
    region: 'beijing' as RegionId,
    directory: store.directory,
    hub: { directory, offerDirectory: async () => undefined },
    nowMs: () => nowMs,
    logger,
    onCopied: () => undefined,
  };
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const last = (): number => hub.records.at(-1)?.revision ?? 0;
const copy = () => copyDirectory(deps, new AbortController().signal);
function put(user: string, role: 'reader' | 'editor' | null): void {
  const subject = { type: 'user', user } as const;
  const state = role === null ? null : { space, subject, role };
  hub.records = [...hub.records, { kind: 'member', key: `demo/user/${user}`, revision: last() + 1, state }];
}

test('changes are copied in order, page by page, and what was asked before is forgotten', async () => {
  for (const user of ['a', 'b', 'c', 'd', 'e']) put(user, 'reader');
  expect(view.isCopied()).toBe(false);
  await copy();
  expect([view.isCopied(), view.roleIn(space, 'e')]).toEqual([true, 'reader']);
  put('e', 'editor');
  put('a', null);
  await copy();
  expect([view.roleIn(space, 'e'), view.roleIn(space, 'a')]).toEqual(['editor', null]);
});

test('another directory takes the place of the former only when it was read whole', async () => {
  put('old', 'reader');
  await copy();
  hub = { life: 'second', records: [] };
  for (const user of ['b', 'c', 'd']) put(user, 'reader');
  const { directory } = deps.hub;
  let asked = 0;
  const breaking: CopyDirectoryDeps = {
    ...deps,
    hub: {
      ...deps.hub,
      directory: async (request) => {
        if (++asked > 2) throw new Error('the hub went away');
        return directory(request);
      },
    },
  };
  await expect(copyDirectory(breaking, new AbortController().signal)).rejects.toThrow('went away');
  expect([view.roleIn(space, 'old'), view.roleIn(space, 'b')]).toEqual(['reader', null]);
  await copy();
  expect([view.roleIn(space, 'old'), view.roleIn(space, 'd')]).toEqual([null, 'reader']);
});

test('a directory that was set back to a backup is read again', async () => {
  for (const user of ['a', 'b', 'c']) put(user, 'reader');
  await copy();
  hub.records = hub.records.slice(0, 1);
  put('x', 'editor');
  await copy();
  expect([view.roleIn(space, 'a'), view.roleIn(space, 'b'), view.roleIn(space, 'x')]).toEqual(['reader', null, 'editor']);
  put('y', 'editor');
  await copy();
  expect(view.roleIn(space, 'y')).toBe('editor');
});

test('what a region does not understand gives nobody a right', async () => {
  hub.records = [
    { kind: 'member', key: 'demo/user/a', revision: 1, state: { space, subject: { type: 'user', user: 'a' }, role: 'god' as never } },
    { kind: 'wonder' as never, key: 'x', revision: 2, state: {} as never },
  ];
  await copy();
  expect(view.roleIn(space, 'a')).toBeNull();
});

test('a region that is cut off for too long takes nothing from before, and what came since', async () => {
  put('a', 'reader');
  await copy();
  const copiedMs = nowMs;
  const cutOff = { view, regionCutOffMs: 3_600_000, nowMs: () => nowMs };
  nowMs += 3_600_000;
  expect(() => checkNotCutOff(cutOff, copiedMs)).not.toThrow();
  nowMs += 1;
  expect(() => checkNotCutOff(cutOff, copiedMs)).toThrow(expect.objectContaining({ code: 'region-cut-off' }));
  expect(() => checkNotCutOff(cutOff, copiedMs + 1)).not.toThrow();
  await copy();
  expect(() => checkNotCutOff(cutOff, copiedMs)).not.toThrow();
});
