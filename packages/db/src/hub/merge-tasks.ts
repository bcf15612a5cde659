import type { Dot, Entry, EntryId, RegionId, SpaceId } from '@jzse/sync';
import { dotKey } from '@jzse/sync';
import type { HubStore } from './hub-store.ts';
import type { HubDatabase } from './open-database.ts';

type Merges = Pick<HubStore, 'listConflicts' | 'planMerges' | 'leaseMerges' | 'settleMerges' | 'mergeStates'>;

/** Conflicts, and the work of merging them: each by one region at a time (SY8). */
export function prepareMerges(database: HubDatabase): Merges {
  return {
    listConflicts: async (space, page) => {
      const rows = await database<{ readonly state: string }[]>`
        SELECT state FROM entry WHERE space = ${space} AND heads > 1 AND live AND id > ${page.after ?? ''} ORDER BY id LIMIT ${page.limit + 1}`;
      const items = rows.slice(0, page.limit).map(({ state }) => JSON.parse(state) as Entry);
      return { items, next: rows.length > page.limit ? (items.at(-1)?.id ?? null) : null };
    },
    planMerges: (tasks) => plan(database, tasks),
    leaseMerges: (region, options) => lease(database, region, options),
    settleMerges: async ({ done, failed }) => {
      await Promise.all([settleDone(database, done), settleFailed(database, failed)]);
    },
    mergeStates: async (space, entries) => {
      const rows = await database<{ readonly entryId: EntryId; readonly reason: string | null }[]>`
        SELECT entry_id AS "entryId", failure AS reason FROM merge_task WHERE space = ${space} AND entry_id = ANY (${[...entries]}::text[])
        ORDER BY entry_id`;
      return rows.map(({ entryId, reason }) => ({ entryId, state: reason === null ? 'waiting' : 'failed', reason }));
    },
  };
}

/** The same heads make the same text: what is planned again changes nothing, be it waiting, leased or failed. */
async function plan(database: HubDatabase, tasks: Parameters<HubStore['planMerges']>[0]): Promise<void> {
  const last = new Map(tasks.map((task) => [taskId(task.space, task.entryId), task]));
  const sorted = [...last.values()].map((task) => ({ ...task, heads: [...task.heads].sort((a, b) => (dotKey(a) < dotKey(b) ? -1 : 1)) }));
  if (sorted.length === 0) return;
  await database`
    INSERT INTO merge_task AS known (space, entry_id, heads, hashes)
    SELECT space, entry_id, heads, ARRAY(
      SELECT version.hash FROM json_array_elements(heads::json) AS head
      CROSS JOIN LATERAL (
        SELECT hash FROM version WHERE version.space = new.space
          AND version.dot = (head ->> 'replica') || '/' || (head ->> 'counter') OFFSET 0
      ) version)
    FROM unnest(
      ${sorted.map(({ space }) => space)}::text[],
      ${sorted.map(({ entryId }) => entryId)}::text[],
      ${sorted.map(({ heads }) => JSON.stringify(heads))}::text[]) AS new(space, entry_id, heads)
    ORDER BY space, entry_id
    ON CONFLICT (space, entry_id) DO UPDATE
    SET heads = excluded.heads, hashes = excluded.hashes, lease_until_ms = 0, failure = NULL
    WHERE known.heads <> excluded.heads`;
}

interface LeasedRow {
  readonly space: SpaceId;
  readonly entryId: EntryId;
  readonly heads: string;
}

async function lease(
  database: HubDatabase,
  region: RegionId,
  { limit, leaseMs, nowMs }: Parameters<HubStore['leaseMerges']>[1],
): ReturnType<HubStore['leaseMerges']> {
  const leaseUntilMs = nowMs + leaseMs;
  const rows = await database<LeasedRow[]>`
    UPDATE merge_task SET lease_until_ms = ${leaseUntilMs} WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM merge_task AS task WHERE failure IS NULL
        AND lease_until_ms NOT BETWEEN ${nowMs}::bigint + 1 AND ${leaseUntilMs}::bigint AND NOT EXISTS (
        SELECT FROM unnest(task.hashes) AS wanted(hash) WHERE NOT EXISTS (
          SELECT FROM holding WHERE holding.space = task.space AND holding.hash = wanted.hash AND holding.region = ${region} OFFSET 0))
      ORDER BY planned_at LIMIT ${limit} FOR UPDATE SKIP LOCKED))
    RETURNING space, entry_id AS "entryId", heads`;
  return rows.map(({ space, entryId, heads }) => {
    return { taskId: taskId(space, entryId), space, entryId, heads: JSON.parse(heads) as Dot[], leaseUntilMs };
  });
}

/** Only what is leased: a task that took another's place meanwhile is not done. */
async function settleDone(database: HubDatabase, done: readonly string[]): Promise<void> {
  const { spaces, entries } = splitIds(done);
  if (spaces.length === 0) return;
  await database`
    DELETE FROM merge_task USING unnest(${spaces}::text[], ${entries}::text[]) AS settled(space, entry_id)
    WHERE merge_task.space = settled.space AND merge_task.entry_id = settled.entry_id AND lease_until_ms > 0`;
}

async function settleFailed(database: HubDatabase, failed: Parameters<HubStore['settleMerges']>[0]['failed']): Promise<void> {
  const { spaces, entries } = splitIds(failed.map((task) => task.taskId));
  if (spaces.length === 0) return;
  await database`
    UPDATE merge_task SET failure = settled.reason, lease_until_ms = 0
    FROM unnest(${spaces}::text[], ${entries}::text[], ${failed.map(({ reason }) => reason)}::text[]) AS settled(space, entry_id, reason)
    WHERE merge_task.space = settled.space AND merge_task.entry_id = settled.entry_id AND lease_until_ms > 0`;
}

const taskId = (space: SpaceId, entryId: EntryId): string => `${space}/${entryId}`;

/** Space ids hold no slash. */
function splitIds(ids: readonly string[]): { readonly spaces: string[]; readonly entries: string[] } {
  const parts = ids.map((id) => ({ space: id.slice(0, Math.max(0, id.indexOf('/'))), entry: id.slice(id.indexOf('/') + 1) }));
  return { spaces: parts.map(({ space }) => space), entries: parts.map(({ entry }) => entry) };
}
