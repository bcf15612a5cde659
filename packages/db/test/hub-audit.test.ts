import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuditSearch, type AuditStore, type AuditStoreRow, openAuditStore } from '../src/hub/index.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

let server: TestPostgres;
let store: AuditStore;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  store = await openAuditStore({ databaseUrl: await server.createDatabase() });
  return () => store.close();
});

const row = (sequence: number, change: Partial<AuditStoreRow> = {}): AuditStoreRow => ({
  writer: 'hub',
  sequence,
  previous: `h${sequence - 1}`,
  hash: `h${sequence}`,
  atMs: sequence * 10,
  actor: sequence % 2 === 0 ? 'wei' : 'lin',
  action: 'people.createUser',
  space: null,
  target: null,
  address: null,
  requestId: null,
  result: 'ok',
  detail: '{}',
  ...change,
});
const end = (sequence: number) => ({ sequence, hash: `h${sequence}` });
const search = (change: Partial<AuditSearch>): AuditSearch => ({
  afterId: null,
  beforeId: null,
  limit: 100,
  actor: null,
  action: null,
  space: null,
  fromMs: null,
  toMs: null,
  ...change,
});
const found = async (change: Partial<AuditSearch>) => (await store.find(search(change))).map(({ id }) => id);
const dayMs = 24 * 3_600_000;

describe('records of the hub', () => {
  it('are added only where the chain ends', async () => {
    expect(await store.chain('hub')).toBeNull();
    expect(await store.append([row(1), row(2)], null, 5)).toBe(true);
    expect(await store.append([row(1)], null, 5)).toBe(false);
    expect(await store.append([row(3)], { ...end(2), hash: 'other' }, 5)).toBe(false);
    const both = await Promise.all([store.append([row(3)], end(2), 5), store.append([row(3)], end(2), 5)]);
    expect(both.toSorted()).toEqual([false, true]);
    expect(await store.chain('hub')).toEqual(end(3));
    expect(await found({})).toEqual([1, 2, 3]);
    expect(await store.append([row(7, { writer: 'beijing:1' })], null, 5)).toBe(true);
    expect(await store.chain('beijing:1')).toEqual({ sequence: 7, hash: 'h7' });
    expect(await store.writers()).toEqual(['beijing:1', 'hub']);
    expect((await store.read('hub', { sequence: 0, id: 0 }, 2)).map(({ sequence }) => sequence)).toEqual([1, 2]);
    expect((await store.read('hub', { sequence: 2, id: 2 }, 9)).map(({ sequence }) => sequence)).toEqual([3]);
  });

  it('keep every text as it was', async () => {
    const given = row(1, {
      target: '/文件/"a,b"{}\\n',
      detail: '{"b":1,"a":"x"}',
      space: 'demo' as never,
      address: '::1',
      requestId: 'r-1',
    });
    await store.append([given], null, 5);
    expect(await store.find(search({}))).toEqual([{ ...given, id: 1 }]);
  });

  it('are found by actor, action, space and time, both ways, page by page', async () => {
    const rows = Array.from({ length: 9 }, (_, at) => row(at + 1, at > 5 ? { space: 'demo' as never, action: 'file.write' } : {}));
    await store.append(rows, null, 100);
    expect(await found({ actor: 'wei' })).toEqual([2, 4, 6, 8]);
    expect(await found({ action: 'file.write', actor: 'wei' })).toEqual([8]);
    expect(await found({ space: 'demo' })).toEqual([7, 8, 9]);
    expect(await found({ fromMs: 30, toMs: 50 })).toEqual([3, 4, 5]);
    expect(await found({ afterId: 3, limit: 2 })).toEqual([4, 5]);
    expect(await found({ beforeId: 4, limit: 2 })).toEqual([3, 2]);
    // What a region that was cut off did long ago came late.
    await store.append([row(10, { atMs: 20 }), row(11, { atMs: 10 * dayMs })], end(9), 10 * dayMs);
    expect(await found({ fromMs: 9 * dayMs })).toEqual([11]);
    expect(await found({ fromMs: 20, toMs: 20 })).toEqual([2, 10]);
  });
});
