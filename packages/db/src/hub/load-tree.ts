import type { Entry, EntryId, SpaceId, TreeNeed } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import type { LoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import { textToSum } from './text-hash.ts';

interface NamedRow {
  readonly id: EntryId;
  readonly aliasOf: EntryId | null;
  readonly state: string | null;
  readonly sum: string | null;
}
interface ChildRow {
  readonly parentId: EntryId;
  readonly key: string;
  readonly state: string | null;
  readonly sum: string | null;
}
interface BelowRow {
  readonly state: string;
  readonly sum: string;
}

/** Loads what is needed and not there yet: four statements at most, in one round trip. */
export async function loadTree(
  database: HubDatabase,
  space: SpaceId,
  wanted: { readonly needs: Iterable<TreeNeed>; readonly into: LoadedTree },
): Promise<void> {
  const { into } = wanted;
  const named = new Set<EntryId>();
  const walked = new Set<EntryId>();
  const emptied = new Set<EntryId>();
  const children = new Map<string, TreeNeed & { readonly type: 'child' }>();
  for (const need of wanted.needs) {
    if (!into.lacks(need)) continue;
    if (need.type === 'child') children.set(`${need.parentId}/${need.nameKey}`, need);
    else if (need.type === 'children') walked.add(need.parentId);
    else if (need.type === 'any-child') emptied.add(need.parentId);
    else named.add(need.id);
  }
  await Promise.all([
    named.size === 0 ? null : loadNamed(database, space, { ids: [...named], into }),
    children.size === 0 ? null : loadChildren(database, space, { children: [...children.values()], into }),
    walked.size === 0 ? null : loadBelow(database, space, { folders: [...walked], into }),
    emptied.size === 0 ? null : loadHasChild(database, space, { folders: [...emptied], into }),
  ]);
}

async function loadHasChild(
  database: HubDatabase,
  space: SpaceId,
  { folders, into }: { readonly folders: readonly EntryId[]; readonly into: LoadedTree },
): Promise<void> {
  const rows = await database<{ readonly id: EntryId; readonly hasChild: boolean }[]>`
    SELECT id, EXISTS (SELECT FROM entry WHERE space = ${space} AND parent_id = folder.id AND live)
      OR EXISTS (SELECT FROM entry WHERE space = ${space} AND parent_id = folder.id AND NOT live) AS "hasChild"
    FROM unnest(${[...folders]}::text[]) AS folder(id)`;
  for (const { id, hasChild } of rows) into.addHasChild(id, hasChild);
}

/** Entries, what they were merged into, and all folders above. */
async function loadNamed(
  database: HubDatabase,
  space: SpaceId,
  { ids, into }: { readonly ids: readonly EntryId[]; readonly into: LoadedTree },
): Promise<void> {
  const rows = await database<NamedRow[]>`
    WITH RECURSIVE named(id) AS (
      SELECT unnest(${[...ids]}::text[]) COLLATE "C"
      UNION
      SELECT further.id FROM named CROSS JOIN LATERAL (VALUES
        ((SELECT to_id FROM alias WHERE space = ${space} AND from_id = named.id)),
        ((SELECT parent_id FROM entry WHERE space = ${space} AND entry.id = named.id))
      ) AS further(id) WHERE further.id IS NOT NULL
    )
    SELECT named.id, (SELECT to_id FROM alias WHERE space = ${space} AND from_id = named.id) AS "aliasOf", found.state, found.sum
    FROM named LEFT JOIN LATERAL (
      SELECT state, child_sum AS sum FROM entry WHERE space = ${space} AND entry.id = named.id OFFSET 0
    ) found ON true`;
  for (const { id, aliasOf, state, sum } of rows) {
    if (id === rootId) continue;
    into.addAlias(id, aliasOf);
    into.addEntry(id, state === null ? null : parseEntry(into, state), textToSum(sum ?? '0'));
  }
}

async function loadChildren(
  database: HubDatabase,
  space: SpaceId,
  { children, into }: { readonly children: readonly (TreeNeed & { readonly type: 'child' })[]; readonly into: LoadedTree },
): Promise<void> {
  const rows = await database<ChildRow[]>`
    SELECT wanted.parent_id AS "parentId", wanted.name_key AS key, found.state, found.sum
    FROM unnest(${children.map((need) => need.parentId)}::text[], ${children.map((need) => need.nameKey)}::text[]) AS wanted(parent_id, name_key)
    LEFT JOIN LATERAL (
      SELECT state, child_sum AS sum FROM entry
      WHERE space = ${space} AND live AND entry.parent_id = wanted.parent_id AND entry.name_key = wanted.name_key LIMIT 1
    ) found ON true`;
  for (const { parentId, key, state, sum } of rows) {
    const entry = state === null ? null : addLiveEntry(into, { state, sum: sum ?? '0' });
    into.addChild(parentId, key, entry?.id ?? null);
  }
}

/** Everything live below these folders. */
async function loadBelow(
  database: HubDatabase,
  space: SpaceId,
  { folders, into }: { readonly folders: readonly EntryId[]; readonly into: LoadedTree },
): Promise<void> {
  const rows = await database<BelowRow[]>`
    WITH RECURSIVE below(id) AS (
      SELECT id FROM entry WHERE space = ${space} AND live AND parent_id = ANY (${[...folders]}::text[])
      UNION
      SELECT child.id FROM below CROSS JOIN LATERAL (
        SELECT id FROM entry WHERE space = ${space} AND live AND parent_id = below.id OFFSET 0
      ) child
    )
    SELECT found.state, found.sum FROM below CROSS JOIN LATERAL (
      SELECT state, child_sum AS sum FROM entry WHERE space = ${space} AND entry.id = below.id OFFSET 0
    ) found`;
  const children = new Map<EntryId, EntryId[]>(folders.map((id) => [id, []]));
  for (const row of rows) {
    const entry = addLiveEntry(into, row);
    if (entry.kind === 'folder' && !children.has(entry.id)) children.set(entry.id, []);
    if (entry.parentId === null) continue;
    const siblings = children.get(entry.parentId);
    if (siblings === undefined) children.set(entry.parentId, [entry.id]);
    else siblings.push(entry.id);
  }
  for (const [folder, ids] of children) into.addChildren(folder, ids);
}

/** An id with an entry of its own is not an alias: the core makes aliases of ids that it has never seen. */
function addLiveEntry(into: LoadedTree, { state, sum }: BelowRow): Entry {
  const entry = parseEntry(into, state);
  into.addEntry(entry.id, entry, textToSum(sum));
  into.addAlias(entry.id, null);
  return entry;
}

function parseEntry(into: LoadedTree, state: string): Entry {
  const entry = JSON.parse(state) as Entry;
  into.texts.note(entry, state);
  return entry;
}
