import type { Content, Effect, Entry, EntryId, Operation, SpaceId, Version } from '@jzse/sync';
import { dotKey, nameKey, rootId } from '@jzse/sync';
import type { LogStart } from './begin-log.ts';
import { beginLog } from './begin-log.ts';
import { computeSums } from './compute-sums.ts';
import { checkMayBegin, readFormerLog } from './former-log.ts';
import type { HubStore } from './hub-store.ts';
import type { InTurn } from './in-turn.ts';
import { lines } from './json-texts.ts';
import type { HubDatabase } from './open-database.ts';
import { SeedIncomplete } from './seed-incomplete.ts';
import { UnknownSpace } from './unknown-space.ts';

/** So often pushes of another process can come between. */
const attemptsMax = 20;

export interface SeedDeps {
  readonly database: HubDatabase;
  /** The same as for pushes: these wait while a log is begun. */
  readonly inTurn: InTurn;
  readonly firstEpoch: (nowMs: number) => number;
}

type Seeding = Pick<HubStore, 'seedPage' | 'sealSeed' | 'carried' | 'dropCarried'>;

const seedTables = { entry: 'seed_entry', alias: 'seed_alias', version: 'seed_version' };

/**
 * How the confirmed state of a region becomes the start of a log: its pages go to tables of their own, and one statement moves these
 * over, in the place of what a young log has taken meanwhile. A page may come twice; page 0 begins anew.
 */
export function prepareSeed({ database, inTurn, firstEpoch }: SeedDeps): Seeding {
  return {
    seedPage: async (space, page, effects) => {
      if (page === 0) await dropSeed(database, space);
      await writePage(database, space, { page, effects });
    },
    sealSeed: (space, seed) =>
      inTurn(space, async () => {
        // What certainly fails does so before everything is added up.
        checkMayBegin(space, seed, await readFormerLog(database, space, seed));
        await checkIsComplete(database, space, seed.pages);
        const sums = await computeSums(database, seedTables, space);
        const epoch = Math.max(seed.position.epoch + 1, firstEpoch(seed.nowMs));
        await begin(database, space, { seed, sums, epoch });
        await dropSeed(database, space);
      }),
    carried: async (space, limit) => {
      const rows = await database<{ readonly sequence: number; readonly operation: string }[]>`
        SELECT sequence, operation FROM carried_operation WHERE space = ${space} ORDER BY sequence LIMIT ${limit}`;
      return { upTo: rows.at(-1)?.sequence ?? 0, operations: rows.map(({ operation }) => JSON.parse(operation) as Operation) };
    },
    dropCarried: async (space, upTo) => {
      await database`DELETE FROM carried_operation WHERE space = ${space} AND sequence <= ${upTo}`;
    },
  };
}

/** Another hub on the same database may take pushes meanwhile: then it is looked at again what the log has. */
async function begin(database: HubDatabase, space: SpaceId, start: Omit<LogStart, 'former'>): Promise<void> {
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const former = await readFormerLog(database, space, start.seed);
    checkMayBegin(space, start.seed, former);
    if (await beginLog(database, space, { ...start, former })) return;
  }
  throw new Error(`the log of ${space} never stands still: send its state again`);
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
  const [row] = await database<{ readonly pages: number }[]>`
    SELECT (SELECT count(*) FROM seed_page WHERE seed_page.space = space.id AND page < ${pages}) AS pages FROM space WHERE id = ${space}`;
  if (row === undefined) throw new UnknownSpace(space);
  if (row.pages < pages) throw new SeedIncomplete(space, pages - row.pages);
}
