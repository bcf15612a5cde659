import type { Content, Effect, Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, nameKey, rootId } from '@jzse/sync';
import { computeSums } from './compute-sums.ts';
import type { SpaceSums } from './digest-batch.ts';
import type { HubStore } from './hub-store.ts';
import { transferPriority } from './hub-store.ts';
import type { InTurn } from './in-turn.ts';
import { lines } from './json-texts.ts';
import { LogNotEmpty } from './log-not-empty.ts';
import type { HubDatabase } from './open-database.ts';
import { sumToText } from './text-hash.ts';
import { UnknownSpace } from './unknown-space.ts';

type Seed = Parameters<HubStore['sealSeed']>[1];
export interface SeedDeps {
  readonly database: HubDatabase;
  /** The same as for pushes: these wait while a log is begun. */
  readonly inTurn: InTurn;
  readonly firstEpoch: (nowMs: number) => number;
}

const seedTables = { entry: 'seed_entry', alias: 'seed_alias', version: 'seed_version' };

/**
 * How the confirmed state of a region becomes the start of an empty log: its pages go to tables of their own, and one statement
 * moves these over, if nothing was integrated meanwhile. A page may come twice; page 0 begins anew.
 */
export function prepareSeed({ database, inTurn, firstEpoch }: SeedDeps): Pick<HubStore, 'seedPage' | 'sealSeed'> {
  return {
    seedPage: async (space, page, effects) => {
      if (page === 0) await dropSeed(database, space);
      await writePage(database, space, { page, effects });
    },
    sealSeed: (space, seed) =>
      inTurn(space, async () => {
        await checkIsComplete(database, space, seed.pages);
        const sums = await computeSums(database, seedTables, space);
        const epoch = Math.max(seed.position.epoch + 1, firstEpoch(seed.nowMs));
        if (!(await becomeLog(database, space, { seed, sums, epoch }))) throw new LogNotEmpty(space);
        await dropSeed(database, space);
      }),
  };
}

async function dropSeed(database: HubDatabase, space: SpaceId): Promise<void> {
  await database`
    WITH pages AS (DELETE FROM seed_page WHERE space = ${space}),
      entries AS (DELETE FROM seed_entry WHERE space = ${space}),
      aliases AS (DELETE FROM seed_alias WHERE space = ${space}),
      contents AS (DELETE FROM seed_content WHERE space = ${space})
    DELETE FROM seed_version WHERE space = ${space}`;
}

async function writePage(
  database: HubDatabase,
  space: SpaceId,
  { page, effects }: { readonly page: number; readonly effects: readonly Effect[] },
): Promise<void> {
  const entries = new Map<EntryId, Entry>();
  const aliases = new Map<EntryId, EntryId>();
  const versions = new Map<string, { readonly entryId: EntryId; readonly version: Version }>();
  for (const effect of effects) {
    if (effect.type === 'entry' && effect.entry.id !== rootId) entries.set(effect.entry.id, effect.entry);
    else if (effect.type === 'alias') aliases.set(effect.from, effect.to);
    else if (effect.type === 'version') versions.set(dotKey(effect.version.dot), effect);
  }
  await database`
    WITH pages AS (
      INSERT INTO seed_page (space, page) SELECT id, ${page} FROM space WHERE id = ${space} ON CONFLICT DO NOTHING
    ), ${putEntries(database, space, [...entries.values()])}, aliases AS (
      INSERT INTO seed_alias (space, from_id, to_id)
      SELECT ${space}, from_id, to_id FROM unnest(${[...aliases.keys()]}::text[], ${[...aliases.values()]}::text[]) AS new(from_id, to_id)
      ON CONFLICT (space, from_id) DO UPDATE SET to_id = excluded.to_id
    ), ${putVersions(database, space, [...versions])} SELECT 1`;
}

const putEntries = (database: HubDatabase, space: SpaceId, entries: readonly Entry[]) => database`
  entries AS (
    INSERT INTO seed_entry (space, id, parent_id, name_key, live, heads, gone_sequence, state)
    SELECT ${space}, id, parent_id, name_key, gone_sequence IS NULL, heads, gone_sequence, state FROM unnest(
      ${entries.map((entry) => entry.id)}::text[],
      ${entries.map((entry) => entry.parentId ?? rootId)}::text[],
      ${entries.map((entry) => nameKey(entry.name))}::text[],
      ${entries.map((entry) => entry.heads.length)}::smallint[],
      ${entries.map((entry) => (entry.deleted === null ? null : (entry.deleted.position?.sequence ?? 0)))}::bigint[],
      string_to_array(${lines(entries)}, chr(10))) AS new(id, parent_id, name_key, heads, gone_sequence, state)
    ON CONFLICT (space, id) DO UPDATE SET parent_id = excluded.parent_id, name_key = excluded.name_key, live = excluded.live,
      heads = excluded.heads, gone_sequence = excluded.gone_sequence, state = excluded.state
  )`;

function putVersions(
  database: HubDatabase,
  space: SpaceId,
  versions: readonly (readonly [string, { readonly entryId: EntryId; readonly version: Version }])[],
) {
  const contents = [...new Map<string, Content>(versions.map(([, { version }]) => [version.content.hash, version.content])).values()];
  return database`
    versions AS (
      INSERT INTO seed_version (space, dot, entry_id, wall_ms, logical, sequence, hash, state)
      SELECT ${space}, dot, entry_id, wall_ms, logical, sequence, hash, state FROM unnest(
        ${versions.map(([dot]) => dot)}::text[],
        ${versions.map(([, { entryId }]) => entryId)}::text[],
        ${versions.map(([, { version }]) => version.stamp.wallMs)}::bigint[],
        ${versions.map(([, { version }]) => version.stamp.logical)}::integer[],
        ${versions.map(([, { version }]) => version.position?.sequence ?? 0)}::bigint[],
        ${versions.map(([, { version }]) => version.content.hash)}::text[],
        string_to_array(${lines(versions.map(([, { version }]) => version))}, chr(10)))
        AS new(dot, entry_id, wall_ms, logical, sequence, hash, state)
      ON CONFLICT (space, dot) DO UPDATE SET entry_id = excluded.entry_id, hash = excluded.hash, state = excluded.state
    ), contents AS (
      INSERT INTO seed_content (space, hash, size, manifest)
      SELECT ${space}, hash, size, manifest FROM unnest(
        ${contents.map(({ hash }) => hash)}::text[],
        ${contents.map(({ size }) => size)}::bigint[],
        ${contents.map(({ manifest }) => manifest)}::text[]) AS new(hash, size, manifest)
      ON CONFLICT DO NOTHING
    )`;
}

async function checkIsComplete(database: HubDatabase, space: SpaceId, pages: number): Promise<void> {
  const [row] = await database<{ readonly sequence: number; readonly pages: number }[]>`
    SELECT sequence, (SELECT count(*) FROM seed_page WHERE seed_page.space = space.id AND page < ${pages}) AS pages
    FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  if (row.sequence > 0) throw new LogNotEmpty(space);
  if (row.pages < pages) throw new Error(`${pages - row.pages} pages of the state of ${space} are missing: send all of them again`);
}

interface Start {
  readonly seed: Seed;
  readonly sums: SpaceSums;
  readonly epoch: number;
}

/** False if something was integrated meanwhile. Every region is planned to fetch everything; what it has it says when it is told to. */
async function becomeLog(database: HubDatabase, space: SpaceId, { seed, sums, epoch }: Start): Promise<boolean> {
  const { position, nowMs } = seed;
  const { sequence } = position;
  const counters = Object.entries(seed.acknowledged);
  const forks = JSON.stringify({ ...seed.forks, [position.epoch]: sequence });
  const rows = await database`
    WITH regions AS (
      SELECT generation FROM registry FOR SHARE
    ), moved AS (
      UPDATE space SET epoch = greatest(epoch + 1, ${epoch}::integer), sequence = ${sequence}, forks = ${forks}, feed_floor = ${sequence},
        at_ms = ${nowMs}, past_floor = ${sequence}, past_ms = ${nowMs}, safe = 0,
        root_sum = ${sumToText(sums.root)}, alias_sum = ${sumToText(sums.aliases)}, version_sum = ${sumToText(sums.versions)}
      FROM regions WHERE id = ${space} AND sequence = 0 RETURNING id AS space
    ), put_acknowledged AS (
      INSERT INTO acknowledged (space, replica, counter) SELECT space, replica, counter FROM moved CROSS JOIN
        unnest(${counters.map(([replica]) => replica)}::text[], ${counters.map(([, counter]) => counter)}::bigint[]) AS new(replica, counter)
    ), put_entry AS (
      INSERT INTO entry (space, id, parent_id, name_key, live, heads, has_history, gone_sequence, gone_ms, child_sum, state)
      SELECT space, id, parent_id, name_key, live, heads,
        (SELECT count(*) > 1 FROM seed_version WHERE seed_version.space = moved.space AND seed_version.entry_id = seed_entry.id),
        gone_sequence, CASE WHEN NOT live THEN ${nowMs}::bigint END, child_sum, state
      FROM moved JOIN seed_entry USING (space)
    ), put_alias AS (
      INSERT INTO alias (space, from_id, to_id) SELECT space, from_id, to_id FROM moved JOIN seed_alias USING (space)
    ), put_version AS (
      INSERT INTO version (space, dot, entry_id, wall_ms, logical, sequence, hash, state)
      SELECT space, dot, entry_id, wall_ms, logical, sequence, hash, state FROM moved JOIN seed_version USING (space)
    ), put_content AS (
      INSERT INTO content (space, hash, size, manifest) SELECT space, hash, size, manifest FROM moved JOIN seed_content USING (space)
      ON CONFLICT DO NOTHING
    ), put_transfer AS (
      INSERT INTO transfer (region, space, hash, priority, due_ms)
      SELECT region.id, space, new.hash, ${transferPriority.bulk}, ${nowMs} FROM moved JOIN seed_content AS new USING (space) CROSS JOIN region
      WHERE NOT EXISTS (
        SELECT FROM holding WHERE holding.space = new.space AND holding.hash = new.hash AND holding.region = region.id OFFSET 0)
      ORDER BY region.id, new.hash
      ON CONFLICT DO NOTHING
    )
    SELECT 1 FROM moved`;
  return rows.length === 1;
}
