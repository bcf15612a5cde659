import type { Dot, Entry, EntryId, Version } from '@jzse/sync';
import { parseDotKey } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';

type Forgetting = Pick<HubStore, 'oldTombstones' | 'entriesWithOldVersions'>;

/** What may be forgotten (SY11), for whoever plans it. */
export function prepareForgettable(database: HubDatabase): Forgetting {
  return {
    oldTombstones: (...request) => readTombstones(database, ...request),
    entriesWithOldVersions: (...request) => readEntriesWithVersions(database, ...request),
  };
}

/** Longest gone first. A folder is among them once nothing stands in it. */
async function readTombstones(
  database: HubDatabase,
  ...[space, { beforeMs, upTo, limit }]: Parameters<HubStore['oldTombstones']>
): ReturnType<HubStore['oldTombstones']> {
  const rows = await database<{ readonly id: EntryId; readonly state: string; readonly versions: readonly string[] | null }[]>`
    SELECT id, state, (
      SELECT array_agg(dot) FROM version WHERE space = ${space} AND (
        entry_id = old.id OR entry_id = ANY (ARRAY(SELECT from_id FROM alias WHERE space = ${space} AND to_id = old.id)))
    ) AS versions
    FROM entry AS old
    WHERE space = ${space} AND NOT live AND gone_ms < ${beforeMs} AND gone_sequence <= ${upTo}
      AND NOT EXISTS (SELECT FROM entry AS child WHERE child.space = ${space} AND child.parent_id = old.id AND child.live OFFSET 0)
      AND NOT EXISTS (SELECT FROM entry AS child WHERE child.space = ${space} AND child.parent_id = old.id AND NOT child.live OFFSET 0)
    ORDER BY gone_ms LIMIT ${limit}`;
  return rows.flatMap(({ id, state, versions }) => {
    const { deleted } = JSON.parse(state) as Entry;
    if (deleted === null) return [];
    return [{ id, deletedBy: deleted.dot, versions: dotsOf(versions).map((dot) => ({ entryId: id, dot })) }];
  });
}

const dotsOf = (keys: readonly string[] | null): Dot[] => (keys ?? []).map(parseDotKey).filter((dot) => dot !== null);

/**
 * Entries that have had several versions, in the order of ids, each with all of its versions that are at or below `upTo`. A page looks at
 * `limit` of them and names those that have an old one, so it may be empty though more follow.
 */
async function readEntriesWithVersions(
  database: HubDatabase,
  ...[space, { beforeMs, upTo, page }]: Parameters<HubStore['entriesWithOldVersions']>
): ReturnType<HubStore['entriesWithOldVersions']> {
  const entries = await database<{ readonly id: EntryId; readonly state: string }[]>`
    SELECT id, state FROM entry WHERE space = ${space} AND has_history AND id > ${page.after ?? ''} ORDER BY id LIMIT ${page.limit}`;
  const versions = await database<{ readonly id: EntryId; readonly state: string; readonly wallMs: number }[]>`
    SELECT named.id, made.state, made.wall_ms AS "wallMs" FROM unnest(${entries.map(({ id }) => id)}::text[]) AS named(id)
    CROSS JOIN LATERAL (
      SELECT from_id AS id FROM alias WHERE space = ${space} AND to_id = named.id UNION ALL SELECT named.id
    ) member CROSS JOIN LATERAL (
      SELECT state, wall_ms FROM version WHERE space = ${space} AND entry_id = member.id AND sequence <= ${upTo} OFFSET 0
    ) made`;
  const byEntry = new Map<EntryId, { readonly versions: Version[]; isOld: boolean }>();
  for (const { id, state, wallMs } of versions) {
    const found = byEntry.get(id) ?? { versions: [], isOld: false };
    found.versions.push(JSON.parse(state) as Version);
    found.isOld ||= wallMs < beforeMs;
    byEntry.set(id, found);
  }
  return {
    items: entries.flatMap(({ id, state }) => {
      const found = byEntry.get(id);
      return found?.isOld === true ? [{ entry: JSON.parse(state) as Entry, versions: found.versions }] : [];
    }),
    next: entries.length === page.limit ? (entries.at(-1)?.id ?? null) : null,
  };
}
