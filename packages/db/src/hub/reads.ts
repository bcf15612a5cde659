import type { Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import { dotKey, nameKey, parseDotKey, rootEntry, rootId } from '@jzse/sync';
import type { MetadataStore, Page, PageRequest } from '../metadata-store.ts';
import type { HubDatabase } from './open-database.ts';
import { standsFor } from './stands-for.ts';

type Reads = Pick<MetadataStore, 'listSpaces' | 'entry' | 'entryAtPath' | 'pathOf' | 'listFolder' | 'listVersions'>;

interface StateRow {
  readonly state: string;
}

/** Reading the tree of a space. */
export function prepareReads(database: HubDatabase): Reads {
  return {
    listSpaces: async () => (await database<{ readonly id: SpaceId }[]>`SELECT id FROM space ORDER BY id`).map(({ id }) => id),
    entry: (space, id) => readEntry(database, space, id),
    entryAtPath: (space, names) => readEntryAtPath(database, space, names),
    pathOf: (space, id) => readPath(database, space, id),
    listFolder: (space, folder, page) => readFolder(database, { space, folder, page }),
    listVersions: (space, id, page) => readVersions(database, { space, id, page }),
  };
}

const parseEntry = (row: StateRow | undefined): Entry | null => (row === undefined ? null : (JSON.parse(row.state) as Entry));

async function readEntry(database: HubDatabase, space: SpaceId, id: EntryId): Promise<Entry | null> {
  if (id === rootId) return rootEntry;
  const [row] = await database<StateRow[]>`
    WITH RECURSIVE ${standsFor(database, space, id)}
    SELECT state FROM entry WHERE space = ${space} AND id = (SELECT id FROM resolved)`;
  return parseEntry(row);
}

async function readEntryAtPath(database: HubDatabase, space: SpaceId, names: readonly string[]): Promise<Entry | null> {
  if (names.length === 0) return rootEntry;
  const [row] = await database<StateRow[]>`
    WITH RECURSIVE walk(depth, id) AS (
      SELECT 0, ${rootId}::text COLLATE "C"
      UNION ALL
      SELECT depth + 1, child.id FROM walk CROSS JOIN LATERAL (
        SELECT id FROM entry
        WHERE space = ${space} AND live AND parent_id = walk.id AND name_key = (${names.map(nameKey)}::text[])[walk.depth + 1] OFFSET 0
      ) child
    )
    SELECT state FROM entry WHERE space = ${space} AND id = (SELECT id FROM walk WHERE depth = ${names.length})`;
  return parseEntry(row);
}

async function readPath(database: HubDatabase, space: SpaceId, id: EntryId): Promise<string[] | null> {
  if (id === rootId) return [];
  const rows = await database<StateRow[]>`
    WITH RECURSIVE ${standsFor(database, space, id)},
    above(depth, id, parent_id, state) AS (
      SELECT 0, id, parent_id, state FROM entry WHERE space = ${space} AND id = (SELECT id FROM resolved)
      UNION ALL
      SELECT depth + 1, next.id, next.parent_id, next.state FROM above CROSS JOIN LATERAL (
        SELECT id, parent_id, state FROM entry WHERE space = ${space} AND entry.id = above.parent_id OFFSET 0
      ) next
    )
    SELECT state FROM above ORDER BY depth DESC`;
  const entries = rows.map(({ state }) => JSON.parse(state) as Entry);
  if (entries.length === 0 || entries.some((entry) => entry.deleted !== null)) return null;
  return entries.map((entry) => entry.name);
}

async function readFolder(
  database: HubDatabase,
  { space, folder, page }: { readonly space: SpaceId; readonly folder: EntryId; readonly page: PageRequest },
): Promise<Page<Entry>> {
  const rows = await database<(StateRow & { readonly key: string })[]>`
    SELECT name_key AS key, state FROM entry
    WHERE space = ${space} AND parent_id = ${folder} AND live AND name_key > ${page.after ?? ''}
    ORDER BY name_key LIMIT ${page.limit + 1}`;
  const kept = rows.slice(0, page.limit);
  return {
    items: kept.map(({ state }) => JSON.parse(state) as Entry),
    next: rows.length > page.limit ? (kept.at(-1)?.key ?? null) : null,
  };
}

async function readVersions(
  database: HubDatabase,
  { space, id, page }: { readonly space: SpaceId; readonly id: EntryId; readonly page: PageRequest },
): Promise<Page<Version>> {
  const after = page.after === null ? null : parseVersionCursor(page.after);
  const isBefore =
    after === null ? database`` : database`AND (wall_ms, logical, dot) < (${after.wallMs}, ${after.logical}, ${after.dot}::text)`;
  const rows = await database<StateRow[]>`
    WITH RECURSIVE ${standsFor(database, space, id)},
    merged(id) AS (
      SELECT id FROM resolved
      UNION
      SELECT further.from_id FROM merged CROSS JOIN LATERAL (
        SELECT from_id FROM alias WHERE space = ${space} AND to_id = merged.id OFFSET 0
      ) further
    )
    SELECT state FROM version WHERE space = ${space} AND entry_id = ANY (ARRAY(SELECT id FROM merged)) ${isBefore}
    ORDER BY wall_ms DESC, logical DESC, dot DESC LIMIT ${page.limit + 1}`;
  const items = rows.slice(0, page.limit).map(({ state }) => JSON.parse(state) as Version);
  const last = items.at(-1);
  return { items, next: rows.length > page.limit && last !== undefined ? versionCursor(last) : null };
}

const versionCursor = ({ stamp, dot }: Version): string => `${stamp.wallMs}.${stamp.logical}.${dotKey(dot)}`;

/** A cursor that is not one of ours starts from the top: there is nothing to protect here. */
function parseVersionCursor(text: string): { readonly wallMs: number; readonly logical: number; readonly dot: string } | null {
  const match = /^(\d{1,15})\.(\d{1,9})\.(.+)$/.exec(text);
  const dot = match?.[3];
  if (match === null || dot === undefined || parseDotKey(dot) === null) return null;
  return { wallMs: Number(match[1]), logical: Number(match[2]), dot };
}
