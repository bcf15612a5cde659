import type { Entry, EntryId, SpaceId, TreeReader } from '@jzse/sync';
import { rootEntry, rootId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';

/** What a region shows of a space, read row by row. */
export interface ShownTree extends TreeReader {
  /** True when the hub has merged it, not only this region's own view. */
  isConfirmedAlias(id: EntryId): boolean;
}

export type ShownTreeOf = (space: SpaceId) => ShownTree;

export function prepareShownTree(database: RegionDatabase): ShownTreeOf {
  const entry = database.prepare<[string, string], string>('SELECT state FROM entry WHERE space = ? AND id = ?').pluck();
  const alias = database.prepare<[string, string], string>('SELECT to_id FROM alias WHERE space = ? AND from_id = ?').pluck();
  const confirmedAlias = database
    .prepare<[string, string], number>('SELECT 1 FROM alias WHERE space = ? AND from_id = ? AND outstanding = 0')
    .pluck();
  const child = database
    .prepare<[string, string, string], string>(
      // Named, since without statistics the planner prefers to walk the whole space by its primary key.
      'SELECT state FROM entry INDEXED BY entry_by_name WHERE space = ? AND parent_id = ? AND name_key = ? AND live = 1 LIMIT 1',
    )
    .pluck();
  const children = database
    .prepare<[string, string], string>('SELECT id FROM entry WHERE space = ? AND parent_id = ? AND live = 1')
    .pluck();
  const anyChild = database.prepare<[string, string], number>('SELECT 1 FROM entry WHERE space = ? AND parent_id = ? LIMIT 1').pluck();
  const aliasesTo = database.prepare<[string, string], string>('SELECT from_id FROM alias WHERE space = ? AND to_id = ?').pluck();
  const parse = (state: string | undefined): Entry | null => (state === undefined ? null : (JSON.parse(state) as Entry));

  return (space) => ({
    entry: (id) => (id === rootId ? rootEntry : parse(entry.get(space, id))),
    aliasOf: (id) => (alias.get(space, id) as EntryId | undefined) ?? null,
    isConfirmedAlias: (id) => confirmedAlias.get(space, id) !== undefined,
    liveChild: (parentId, key) => parse(child.get(space, parentId, key)),
    liveChildren: (parentId) => children.all(space, parentId) as EntryId[],
    hasChild: (parentId) => anyChild.get(space, parentId) !== undefined,
    aliasesTo: (id) => aliasesTo.all(space, id) as EntryId[],
  });
}
