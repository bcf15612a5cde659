import type { Effect, Entry, EntryId, SpaceId, Version } from '@jzse/sync';
import type { Page, PageRequest } from '../metadata-store.ts';
import type { HubDatabase } from './open-database.ts';

/** The parts of a snapshot, in the order in which they are sent. A cursor is `entry:<last key>`. */
const parts = ['entry', 'alias', 'version'] as const;
type Part = (typeof parts)[number];
interface Row {
  readonly key: string;
  readonly effect: Effect;
}

/**
 * Current entries, aliases and versions, by key. A row that changes while pages are read is sent in its old or its new
 * state, and one that is added behind the cursor is not sent: both are in the feed after the snapshot's head.
 */
export async function readSnapshotPage(database: HubDatabase, space: SpaceId, page: PageRequest): Promise<Page<Effect>> {
  const [part, after] = parseCursor(page.after);
  const items: Effect[] = [];
  let key = after;
  for (const current of parts.slice(parts.indexOf(part))) {
    const rows = await readPart(database, current, { space, after: key, limit: page.limit - items.length });
    for (const row of rows) items.push(row.effect);
    const last = rows.at(-1);
    if (items.length >= page.limit && last !== undefined) return { items, next: `${current}:${last.key}` };
    key = '';
  }
  return { items, next: null };
}

function parseCursor(cursor: string | null): [Part, string] {
  const colon = cursor?.indexOf(':') ?? -1;
  const part = parts.find((name) => name === cursor?.slice(0, colon));
  return cursor === null || part === undefined ? ['entry', ''] : [part, cursor.slice(colon + 1)];
}

async function readPart(
  database: HubDatabase,
  part: Part,
  { space, after, limit }: { readonly space: SpaceId; readonly after: string; readonly limit: number },
): Promise<Row[]> {
  if (part === 'entry') {
    const rows = await database<{ readonly id: string; readonly state: string }[]>`
      SELECT id, state FROM entry WHERE space = ${space} AND id > ${after} ORDER BY id LIMIT ${limit}`;
    return rows.map(({ id, state }) => ({ key: id, effect: { type: 'entry', entry: JSON.parse(state) as Entry } }));
  }
  if (part === 'alias') {
    const rows = await database<{ readonly from: EntryId; readonly to: EntryId }[]>`
      SELECT from_id AS from, to_id AS to FROM alias WHERE space = ${space} AND from_id > ${after} ORDER BY from_id LIMIT ${limit}`;
    return rows.map(({ from, to }) => ({ key: from, effect: { type: 'alias', from, to } }));
  }
  const rows = await database<{ readonly dot: string; readonly entryId: EntryId; readonly state: string }[]>`
    SELECT dot, entry_id AS "entryId", state FROM version WHERE space = ${space} AND dot > ${after} ORDER BY dot LIMIT ${limit}`;
  return rows.map(({ dot, entryId, state }) => ({
    key: dot,
    effect: { type: 'version', entryId, version: JSON.parse(state) as Version },
  }));
}
