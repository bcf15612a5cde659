import type { RegionId, SpaceId } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openHubStore } from '../src/hub/index.ts';
import { TestAuthor, testContent } from '../src/testing/index.ts';
import type { TestPostgres } from './test-postgres.ts';
import { startTestPostgres } from './test-postgres.ts';

const space = 'demo' as SpaceId;
const nowMs = 1_000_000;
const tables = ['entry_change', 'region_progress', 'policy', 'merge_task', 'event_head', 'event'];
const seedTables = ['seed_page', 'seed_entry', 'seed_alias', 'seed_version', 'seed_content', 'carried_operation'];
const identityTables = [
  'directory_head',
  'directory_record',
  'directory_term',
  'signing_key',
  'session_state',
  'totp_state',
  'oidc_subject',
  'enrolment',
  'unplaced',
];
const auditTables = ['audit', 'audit_chain', 'audit_head'];
const tlsTables = ['authority'];
const columns = {
  space: ['root_sum', 'alias_sum', 'version_sum', 'at_ms', 'safe', 'past_floor', 'past_ms'],
  feed: ['dot', 'region', 'wall_ms', 'at_ms', 'ends_batch'],
  entry: ['child_sum', 'heads', 'has_history', 'gone_sequence', 'gone_ms', 'made_sequence'],
  version: ['sequence', 'hash'],
  region: ['clock_skew_ms'],
};

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

/** As the first schema left it. */
async function goBack(databaseUrl: string): Promise<void> {
  const admin = postgres(databaseUrl, { max: 1, onnotice: () => undefined });
  for (const table of [...tables, ...seedTables, ...identityTables, ...auditTables, ...tlsTables])
    await admin`DROP TABLE IF EXISTS ${admin(table)}`;
  await admin`DROP INDEX entry_gone_by_parent`;
  for (const [table, names] of Object.entries(columns))
    for (const name of names) await admin`ALTER TABLE ${admin(table)} DROP COLUMN ${admin(name)} CASCADE`;
  await admin`DELETE FROM schema_version WHERE version > 1`;
  await admin.end();
}

test('[SY13] a database of the first schema gets its digests and all that is searched by', async () => {
  const databaseUrl = await server.createDatabase();
  const author = new TestAuthor('beijing:1');
  const region = 'beijing' as RegionId;
  const before = await openHubStore({ databaseUrl });
  await before.createSpace(space);
  const folder = author.createFolder(rootId, 'd');
  const deep = author.createFolder(folder.entryId, 'deep');
  const file = author.createFile(deep.entryId, 'f');
  const gone = author.createFile(rootId, 'gone');
  const sibling = author.write(file.entryId, [], testContent('other'));
  const merged = new TestAuthor('shanghai:1').createFolder(rootId, 'D');
  const deletion = author.delete(gone.entryId, [gone.dot]);
  const operations = [folder, deep, file, gone, sibling, merged, deletion];
  await before.integrate({ space, epoch: 0, region, operations, nowMs });
  const head = await before.snapshotHead(space);
  await before.close();
  await goBack(databaseUrl);

  const store = await openHubStore({ databaseUrl });
  try {
    expect(await store.snapshotHead(space)).toEqual(head);
    expect(await store.rowDots(space, [1, 6])).toEqual([folder.dot, merged.dot]);
    expect((await store.listConflicts(space, { after: null, limit: 9 })).items.map(({ id }) => id)).toEqual([file.entryId]);
    expect((await store.digestChildren(space, folder.entryId, null)).children?.map(({ id }) => id)).toEqual([deep.entryId]);
    const old = { beforeMs: Number.MAX_SAFE_INTEGER, upTo: 7 };
    expect(await store.oldTombstones(space, { ...old, limit: 9 })).toMatchObject([{ id: gone.entryId, deletedBy: deletion.dot }]);
    const withVersions = await store.entriesWithOldVersions(space, { ...old, page: { after: null, limit: 9 } });
    expect(withVersions.items.map(({ entry }) => entry.id)).toEqual([file.entryId]);
    expect(await store.sequenceAt(space, nowMs), 'times were not kept then').toBeNull();
    expect(await store.sequenceAt(space, Date.now() + 1000)).toBe(7);
    const move = author.move(deep.entryId, rootId, 'moved');
    await store.integrate({ space, epoch: 0, region, operations: [move], nowMs: Date.now() });
    const children = await store.childrenAt(space, folder.entryId, { sequence: 7, page: { after: null, limit: 9 } });
    expect(children.items.map(({ name }) => name)).toEqual(['deep']);
  } finally {
    await store.close();
  }
});
