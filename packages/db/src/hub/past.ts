import type { Entry, Operation } from '@jzse/sync';
import { rootEntry, rootId } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';
import { standsFor } from './stands-for.ts';
import { UnknownSpace } from './unknown-space.ts';

type Past = Pick<HubStore, 'sequenceAt' | 'pastBegins' | 'childrenAt' | 'entryAt' | 'operationsOf'>;

/** The tree as the log had it: an entry at a sequence is what stands in its first change after that, or, where none follows, what it is now; nothing if that state's entry was made later. */
export function preparePast(database: HubDatabase): Past {
  return {
    sequenceAt: async (space, atMs) => {
      const [row] = await database<{ readonly sequence: number | null }[]>`
        SELECT CASE WHEN ${atMs}::bigint >= past_ms THEN greatest(past_floor, (
          SELECT sequence FROM feed WHERE feed.space = space.id AND ends_batch AND feed.at_ms <= ${atMs}
          ORDER BY feed.at_ms DESC, sequence DESC LIMIT 1
        )) END AS sequence
        FROM space WHERE id = ${space}`;
      if (row === undefined) throw new UnknownSpace(space);
      return row.sequence;
    },
    pastBegins: async (space) => {
      const [row] = await database<{ readonly beginsMs: number | null }[]>`
        SELECT CASE WHEN past_floor > 0 THEN past_ms ELSE (
          SELECT at_ms FROM feed WHERE feed.space = space.id AND ends_batch ORDER BY feed.at_ms, sequence LIMIT 1
        ) END AS "beginsMs"
        FROM space WHERE id = ${space}`;
      if (row === undefined) throw new UnknownSpace(space);
      return row.beginsMs;
    },
    childrenAt: (...request) => childrenAt(database, ...request),
    entryAt: (...request) => entryAt(database, ...request),
    operationsOf: async (space, { region, after, untilMs, limit }) => {
      const rows = await database<{ readonly row: string }[]>`
        SELECT row FROM feed WHERE space = ${space} AND region = ${region} AND sequence > ${after} AND wall_ms <= ${untilMs}
        ORDER BY sequence LIMIT ${limit}`;
      return rows.map(({ row }) => (JSON.parse(row) as { readonly operation: Operation }).operation);
    },
  };
}

async function entryAt(database: HubDatabase, ...[space, id, sequence]: Parameters<HubStore['entryAt']>): Promise<Entry | null> {
  if (id === rootId) return rootEntry;
  const [row] = await database<{ readonly isFormer: boolean; readonly former: string | null; readonly now: string | null }[]>`
    WITH RECURSIVE ${standsFor(database, space, id)}
    SELECT former.entry_id IS NOT NULL AS "isFormer", former.state AS former,
      (SELECT state FROM entry WHERE space = ${space} AND entry.id = resolved.id AND made_sequence <= ${sequence}) AS now
    FROM resolved LEFT JOIN LATERAL (
      SELECT entry_id, CASE WHEN made_sequence <= ${sequence} THEN state END AS state FROM entry_change
      WHERE space = ${space} AND entry_id = resolved.id AND sequence > ${sequence} ORDER BY sequence LIMIT 1
    ) former ON true`;
  const state = row?.isFormer === true ? row.former : (row?.now ?? null);
  return state === null ? null : (JSON.parse(state) as Entry);
}

async function childrenAt(
  database: HubDatabase,
  ...[space, folder, { sequence, page }]: Parameters<HubStore['childrenAt']>
): ReturnType<HubStore['childrenAt']> {
  const after = page.after ?? '';
  const limit = page.limit + 1;
  const rows = await database<{ readonly key: string; readonly state: string }[]>`
    (
      SELECT name_key AS key, state FROM entry
      WHERE space = ${space} AND parent_id = ${folder} AND live AND name_key > ${after} AND made_sequence <= ${sequence} AND NOT EXISTS (
        SELECT FROM entry_change WHERE entry_change.space = ${space} AND entry_id = entry.id AND sequence > ${sequence} OFFSET 0)
      ORDER BY name_key LIMIT ${limit}
    ) UNION ALL (
      SELECT name_key, state FROM entry_change AS former
      WHERE space = ${space} AND parent_id = ${folder} AND live AND name_key > ${after}
        AND sequence > ${sequence} AND made_sequence <= ${sequence} AND NOT EXISTS (
        SELECT FROM entry_change AS earlier WHERE earlier.space = ${space} AND earlier.entry_id = former.entry_id
          AND earlier.sequence > ${sequence} AND earlier.sequence < former.sequence OFFSET 0)
      ORDER BY name_key LIMIT ${limit}
    ) ORDER BY key LIMIT ${limit}`;
  const kept = rows.slice(0, page.limit);
  return {
    items: kept.map(({ state }) => JSON.parse(state) as Entry),
    next: rows.length > page.limit ? (kept.at(-1)?.key ?? null) : null,
  };
}
