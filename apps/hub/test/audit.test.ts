import type { AuditEntry } from '@jzse/api/hub';
import { type HubStore, openAuditStore, openHubStore } from '@jzse/db/hub';
import { createAuditLog } from '@jzse/gateway';
import { chainEntries, chainStart } from '@jzse/identity';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../../../packages/db/test/test-postgres.ts';
import { appendOwn, type HubAudit, openAudit } from '../src/audit/open-audit.ts';

let postgres: TestPostgres;
let databaseUrl: string;
let hub: HubStore;
let audit: HubAudit;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());
beforeEach(async () => {
  databaseUrl = await postgres.createDatabase();
  hub = await openHubStore({ databaseUrl });
  audit = await openAudit({ databaseUrl, events: hub, nowMs: () => 1_000, logger: pino({ level: 'silent' }) });
  return async () => {
    await audit.close();
    await hub.close();
  };
});

const entry = (n: number): AuditEntry => {
  const nowhere = { space: null, target: null, address: null, requestId: null };
  return { ...nowhere, atMs: n, actor: 'wei', action: 'file.write', result: 'ok', detail: { n } };
};
const entries = (count: number, first = 1) => Array.from({ length: count }, (_, at) => entry(first + at));
const chain = chainEntries('beijing:1', chainStart, entries(9));
const all = { afterId: 0, beforeId: null, limit: 500, actor: null, action: null, space: null, fromMs: null, toMs: null };
const take = (records: typeof chain) => audit.services.appendAudit('beijing:1', records);

test('the chain of a region is taken in order, replays once, and a gap is told', async () => {
  expect(await take(chain.slice(2))).toEqual({ sequence: 0 });
  expect(await take(chain.slice(0, 4))).toEqual({ sequence: 4 });
  expect(await take(chain.slice(0, 4))).toEqual({ sequence: 4 });
  expect(await take(chain.slice(6))).toEqual({ sequence: 4 });
  await Promise.all([take(chain.slice(1, 7)), take(chain.slice(2, 8))]);
  expect(await take(chain)).toEqual({ sequence: 9 });
  const { records } = await audit.services.audit(all);
  expect(records.map(({ id: _, ...record }) => record)).toEqual(chain);
  expect(await audit.services.verifyAudit()).toEqual([{ writer: 'beijing:1', records: 9, broken: null }]);
});

test('what does not follow is refused; operators hear of it, and the hub writes it down', async () => {
  await take(chain.slice(0, 4));
  const other = chainEntries('beijing:1', chainStart, entries(6, 2));
  const broken = { code: 'invalid-input', detail: { brokenAt: 4 } };
  await expect(take(other)).rejects.toMatchObject(broken);
  await expect(take([{ ...(chain[4] ?? chain[0]), actor: 'lin' } as (typeof chain)[number]])).rejects.toMatchObject({
    code: 'invalid-input',
  });
  expect(await hub.readEvents({ after: 0, limit: 9, types: ['audit-broken'] })).toMatchObject([
    { region: 'beijing', data: { writer: 'beijing:1', at: 4, end: 4 } },
    { region: 'beijing', data: { writer: 'beijing:1', at: 5, end: 4 } },
  ]);
  await expect
    .poll(async () => (await audit.services.audit({ ...all, action: 'audit.broken' })).records)
    .toMatchObject([{ writer: 'hub', target: 'beijing:1', sequence: 1 }, { sequence: 2 }]);
  expect(await audit.services.verifyAudit()).toMatchObject([
    { writer: 'beijing:1', records: 4, broken: null },
    { writer: 'hub', broken: null },
  ]);
});

test('two hubs on one database write one chain, also of more records than one page', async () => {
  const store = await openAuditStore({ databaseUrl });
  const logs = [1, 2].map(() =>
    createAuditLog({
      append: (batch) => appendOwn(store, batch, 1_000),
      nowMs: () => 1_000,
      onFailure: (cause) => {
        throw cause;
      },
    }),
  );
  for (const one of entries(1_300)) for (const log of logs) log.note(one);
  await Promise.all(logs.map((log) => log.stop()));
  expect(await audit.services.verifyAudit()).toEqual([{ writer: 'hub', records: 2_600, broken: null }]);
  await store.close();
});
