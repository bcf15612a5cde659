import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { AuditChainRow, OpenRegionStore } from '../src/region/index.ts';
import { openRegionStore } from '../src/region/index.ts';

let folder: string;
let store: OpenRegionStore;
const open = (): OpenRegionStore => openRegionStore({ file: join(folder, 'region.db'), nowMs: () => 1000 });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jzse-audit-'));
  store = open();
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** The time of a row is its number times ten. */
const rows = (chain: AuditChainRow, names: readonly string[]) =>
  names.map((record, at) => {
    const sequence = chain.sequence + at + 1;
    return { sequence, atMs: sequence * 10, hash: `h${sequence}`, record };
  });
const begin = (writer: string) => store.audit.begin(writer, 'start', rows);
const append = (...names: string[]) => store.audit.append((chain) => rows(chain, names));

test('a chain goes on where it was, also after a restart; appends of the same moment do not mix', async () => {
  expect(store.audit.chain()).toBeNull();
  await expect(append('too early')).rejects.toThrow('must be begun');
  await begin('beijing:1');
  await Promise.all([append('a', 'b'), append('c')]);
  await store.close();
  store = open();
  expect(store.audit.chain()).toEqual({ writer: 'beijing:1', sequence: 3, hash: 'h3', acknowledged: 0 });
  expect(store.audit.read(0, 2)).toEqual(['a', 'b']);
  expect(store.audit.read(2, 9)).toEqual(['c']);
});

test('only what the hub has, and has had for long, goes', async () => {
  await begin('beijing:1');
  await append('a', 'b', 'c', 'd');
  expect(await store.audit.prune(1_000, 9)).toBe(0);
  await store.audit.acknowledge(3);
  expect(await store.audit.prune(25, 9)).toBe(2);
  expect(await store.audit.prune(1_000, 9)).toBe(1);
  expect(store.audit.read(0, 9)).toEqual(['d']);
  await append('e');
  expect(store.audit.chain()).toMatchObject({ sequence: 5, acknowledged: 3 });
  await store.audit.acknowledge(99);
  expect(store.audit.chain()).toMatchObject({ acknowledged: 5 });
});

test('another chain begins with what the hub does not have of the former', async () => {
  await begin('beijing:1');
  const names = Array.from({ length: 1_300 }, (_, at) => `r${at + 1}`);
  await append(...names);
  await store.audit.acknowledge(100);
  await begin('beijing:2');
  expect(store.audit.chain()).toEqual({ writer: 'beijing:2', sequence: 1_200, hash: 'h1200', acknowledged: 0 });
  expect(store.audit.read(0, 5_000)).toEqual(names.slice(100));
  await store.audit.acknowledge(1_200);
  await begin('beijing:3');
  expect(store.audit.chain()).toMatchObject({ sequence: 0, hash: 'start' });
  expect(store.audit.read(0, 9)).toEqual([]);
});
