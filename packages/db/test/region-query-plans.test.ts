import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import { openRegionStore } from '../src/region/index.ts';

/** Tables with a row a space, queues that are read from their start, and an index of just the rows that are wanted. */
const smallTables =
  /^SCAN (space|left_space|tree|door|known_region|replica|CONSTANT ROW|\(subquery-1\)|named|merged|wanted|holding_outbox|upload USING INDEX upload_whole)/;
/** All rows of a tree, whatever the index. */
const wholeTree = /^SEARCH (entry|version|alias|feed|confirmed|folder_sum|outstanding_name) USING .*\(tree=\?\)$/;
/** Of a whole tree only its first rows are asked for, only a place in the order of the index, or only what the index holds: conflicts, and outstanding aliases. */
const bounded = / LIMIT |INDEXED BY (entry_in_conflict|alias_outstanding)/;

test('no statement of the region store walks a table, or a whole space', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-plans-'));
  const prepare = vi.spyOn(Database.prototype, 'prepare');
  const file = join(folder, 'region.db');
  const store = openRegionStore({ file, nowMs: () => 0 });
  const statements = prepare.mock.calls.map(([sql]) => sql).filter((sql) => /^\s*(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(sql));
  prepare.mockRestore();
  const database = new Database(file);
  expect(statements.length).toBeGreaterThan(50);
  const walks = statements.flatMap((sql) =>
    plan(database, sql)
      .filter((detail) => (detail.startsWith('SCAN') && !smallTables.test(detail)) || (wholeTree.test(detail) && !bounded.test(sql)))
      .map((detail) => `${detail}: ${sql.replace(/\s+/g, ' ')}`),
  );
  expect(walks).toEqual([]);
  database.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

function plan(database: Database.Database, sql: string): string[] {
  const statement = database.prepare(`EXPLAIN QUERY PLAN ${sql.replace(/@\w+/g, '?')}`);
  const parameters = sql.replace(/@\w+/g, '?').split('?').length - 1;
  const rows = statement.all(...Array.from({ length: parameters }, () => 'x')) as { readonly detail: string }[];
  return rows.map((row) => row.detail);
}
