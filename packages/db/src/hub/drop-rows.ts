import { dotKey } from '@jzse/sync';
import type { HubDatabase } from './open-database.ts';
import type { BatchToWrite } from './write-batch.ts';

/** Rows that go; empty where none does, else with a comma before what follows. */
export function dropRows(database: HubDatabase, batch: BatchToWrite) {
  return database`${dropForgotten(database, batch)} ${dropMerges(database, batch)}`;
}

function dropForgotten(database: HubDatabase, batch: BatchToWrite) {
  const { applied, forgotten } = batch;
  const entries = [...applied.forgotten.entries].filter((id) => applied.entries.get(id) === null);
  const aliases = forgotten.aliases.map(({ from }) => from).filter((from) => !applied.aliases.has(from));
  const versions = forgotten.versions.map(({ version }) => dotKey(version.dot)).filter((dot) => !applied.versions.has(dot));
  if (entries.length + aliases.length + versions.length === 0) return database``;
  return database`
    drop_entry AS (
      DELETE FROM entry USING moved WHERE entry.space = moved.space AND entry.id = ANY (${entries}::text[])
    ), drop_alias AS (
      DELETE FROM alias USING moved WHERE alias.space = moved.space AND alias.from_id = ANY (${aliases}::text[])
    ), drop_version AS (
      DELETE FROM version USING moved WHERE version.space = moved.space AND version.dot = ANY (${versions}::text[])
    ), ${dropContents(database, batch, versions)},`;
}

/** What no version names any more. Regions let go of the bytes, so nobody is taken to hold them, should they come again. */
function dropContents(database: HubDatabase, { applied, forgotten }: BatchToWrite, versions: readonly string[]) {
  const named = new Set([...applied.versions.values()].map(({ version }) => version.content.hash));
  const hashes = new Set(forgotten.versions.map(({ version }) => version.content.hash).filter((hash) => !named.has(hash)));
  return database`
    unnamed AS (
      SELECT space, hash FROM moved CROSS JOIN unnest(${[...hashes].sort()}::text[]) AS gone(hash) WHERE NOT EXISTS (
        SELECT FROM version WHERE version.space = moved.space AND version.hash = gone.hash AND version.dot <> ALL (${[...versions]}::text[]) OFFSET 0)
    ), drop_content AS (
      DELETE FROM content USING unnamed WHERE content.space = unnamed.space AND content.hash = unnamed.hash
    ), drop_holding AS (
      DELETE FROM holding USING unnamed WHERE holding.space = unnamed.space AND holding.hash = unnamed.hash
    ), drop_transfer AS (
      DELETE FROM transfer USING unnamed CROSS JOIN region
      WHERE transfer.region = region.id AND transfer.space = unnamed.space AND transfer.hash = unnamed.hash
    )`;
}

/** Of conflicts that are settled: nobody need merge them any more. */
function dropMerges(database: HubDatabase, { tree, applied }: BatchToWrite) {
  const settled = [...applied.entries].filter(
    ([id, after]) => (tree.peekEntry(id)?.heads.length ?? 0) > 1 && (after?.heads.length ?? 0) < 2,
  );
  if (settled.length === 0) return database``;
  return database`
    drop_merge AS (
      DELETE FROM merge_task USING moved WHERE merge_task.space = moved.space AND merge_task.entry_id = ANY (${settled.map(([id]) => id)}::text[])
    ),`;
}
