import type { Entry, EntryId, SpaceId, TreeNeed } from '@jzse/sync';
import { nameKey, rootId } from '@jzse/sync';
import { textArray } from './array-texts.ts';
import type { LoadedTree } from './loaded-tree.ts';
import type { HubDatabase } from './open-database.ts';
import { textToSum } from './text-hash.ts';

interface EntryRow {
  readonly state: string;
  readonly sum: string;
  readonly made: number;
}
/** One that is there, or an alias. */
export interface NamedRow extends Omit<EntryRow, 'state'> {
  readonly id: EntryId;
  readonly aliasOf: EntryId | null;
  readonly state: string | null;
}
/** `at`: which of those that were asked for, from 1. */
export interface ChildRow extends EntryRow {
  readonly at: number;
}
type ChildNeed = TreeNeed & { readonly type: 'child' };

/** What is needed and not there yet, each once. */
export interface Wanted {
  /** Entries, what they were merged into, and all folders above. */
  readonly named: readonly EntryId[];
  readonly children: readonly ChildNeed[];
  /** Folders of which all that is below is wanted. */
  readonly walked: readonly EntryId[];
  readonly emptied: readonly EntryId[];
}

export function wantedOf(needs: Iterable<TreeNeed>, into: LoadedTree): Wanted {
  const named = new Set<EntryId>();
  const walked = new Set<EntryId>();
  const emptied = new Set<EntryId>();
  const children = new Map<string, ChildNeed>();
  for (const need of needs) {
    if (!into.lacks(need)) continue;
    if (need.type === 'child') children.set(`${need.parentId}/${need.nameKey}`, need);
    else if (need.type === 'children') walked.add(need.parentId);
    else if (need.type === 'any-child') emptied.add(need.parentId);
    else named.add(need.id);
  }
  return { named: [...named], children: [...children.values()], walked: [...walked], emptied: [...emptied] };
}

/** Four statements at most, in one round trip. */
export async function loadTree(
  database: HubDatabase,
  space: SpaceId,
  { wanted, into }: { readonly wanted: Wanted; readonly into: LoadedTree },
): Promise<void> {
  const { named, children, walked, emptied } = wanted;
  await Promise.all([
    named.length === 0 ? null : selectNamed(database, space, named).then((rows: readonly NamedRow[]) => takeNamed(into, named, rows)),
    children.length === 0
      ? null
      : selectChildren(database, space, children).then((rows: readonly ChildRow[]) => takeChildren(into, children, rows)),
    walked.length === 0 ? null : loadBelow(database, space, { folders: walked, into }),
    emptied.length === 0 ? null : loadHasChild(database, space, { folders: emptied, into }),
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

/** Gives `NamedRow`. What does not come back is not there. */
export const selectNamed = (database: HubDatabase, space: SpaceId, ids: readonly EntryId[]) => database<NamedRow[]>`
    WITH RECURSIVE named(id, alias_of, parent_id) AS (
      SELECT asked.id COLLATE "C", (SELECT to_id FROM alias WHERE space = ${space} AND from_id = asked.id),
        (SELECT parent_id FROM entry WHERE space = ${space} AND entry.id = asked.id)
      FROM unnest(${textArray(ids)}::text[]) AS asked(id)
      UNION
      SELECT next.id, (SELECT to_id FROM alias WHERE space = ${space} AND from_id = next.id),
        (SELECT parent_id FROM entry WHERE space = ${space} AND entry.id = next.id)
      FROM named CROSS JOIN LATERAL (VALUES (alias_of), (named.parent_id)) AS next(id) WHERE next.id IS NOT NULL
    )
    SELECT named.id, alias_of AS "aliasOf", found.state, found.sum, found.made
    FROM named LEFT JOIN LATERAL (
      SELECT state, child_sum AS sum, made_sequence AS made FROM entry WHERE space = ${space} AND entry.id = named.id OFFSET 0
    ) found ON true
    WHERE alias_of IS NOT NULL OR named.parent_id IS NOT NULL`;

export function takeNamed(into: LoadedTree, ids: readonly EntryId[], rows: readonly NamedRow[]): void {
  const absent = new Set(ids);
  for (const { aliasOf } of rows) if (aliasOf !== null) absent.add(aliasOf);
  for (const { id, aliasOf, state, sum, made } of rows) {
    into.addAlias(id, aliasOf);
    if (state === null) continue;
    const { parentId } = addEntry(into, { state, sum, made });
    if (parentId !== null) absent.add(parentId);
  }
  for (const { id, state } of rows) if (state !== null) absent.delete(id);
  for (const id of absent) {
    if (id === rootId) continue;
    into.addEntry(id, null);
    into.addAlias(id, null);
  }
}

/** Gives `ChildRow`. */
export const selectChildren = (database: HubDatabase, space: SpaceId, children: readonly ChildNeed[]) => database<ChildRow[]>`
    SELECT wanted.at, found.state, found.sum, found.made
    FROM unnest(${textArray(children.map((need) => need.parentId))}::text[], ${textArray(children.map((need) => need.nameKey))}::text[])
      WITH ORDINALITY AS wanted(parent_id, name_key, at)
    CROSS JOIN LATERAL (
      SELECT state, child_sum AS sum, made_sequence AS made FROM entry
      WHERE space = ${space} AND live AND entry.parent_id = wanted.parent_id AND entry.name_key = wanted.name_key LIMIT 1
    ) found`;

export function takeChildren(into: LoadedTree, children: readonly ChildNeed[], rows: readonly ChildRow[]): void {
  const ids = new Map(rows.map((row) => [row.at, addLiveEntry(into, row).id]));
  for (const [index, { parentId, nameKey: key }] of children.entries()) {
    const id = ids.get(index + 1);
    // What is in flight may have put it elsewhere.
    const entry = id === undefined ? null : into.entry(id);
    const isThere = entry !== null && entry.deleted === null && entry.parentId === parentId && nameKey(entry.name) === key;
    into.addChild(parentId, key, isThere ? entry.id : null);
  }
}

/** Everything live below these folders. */
async function loadBelow(
  database: HubDatabase,
  space: SpaceId,
  { folders, into }: { readonly folders: readonly EntryId[]; readonly into: LoadedTree },
): Promise<void> {
  const rows = await database<EntryRow[]>`
    WITH RECURSIVE below(id) AS (
      SELECT id FROM entry WHERE space = ${space} AND live AND parent_id = ANY (${[...folders]}::text[])
      UNION
      SELECT child.id FROM below CROSS JOIN LATERAL (
        SELECT id FROM entry WHERE space = ${space} AND live AND parent_id = below.id OFFSET 0
      ) child
    )
    SELECT found.state, found.sum, found.made FROM below CROSS JOIN LATERAL (
      SELECT state, child_sum AS sum, made_sequence AS made FROM entry WHERE space = ${space} AND entry.id = below.id OFFSET 0
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
function addLiveEntry(into: LoadedTree, row: EntryRow): Entry {
  const entry = addEntry(into, row);
  into.addAlias(entry.id, null);
  return entry;
}

function addEntry(into: LoadedTree, { state, sum, made }: EntryRow): Entry {
  const entry = JSON.parse(state) as Entry;
  into.texts.note(entry, state);
  into.addEntry(entry.id, { entry, childSum: textToSum(sum), madeAt: made });
  return entry;
}
