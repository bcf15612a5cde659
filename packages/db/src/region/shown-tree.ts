import type { Entry, EntryId, SpaceId, TreeReader } from '@jzse/sync';
import { rootEntry, rootId } from '@jzse/sync';
import type { RegionDatabase } from './open-database.ts';
import type { SpaceTree, SpaceTrees } from './space-tree.ts';

/** What a region shows of a space, read row by row. */
export interface ShownTree extends TreeReader {
  /** True when the hub has merged it, not only this region's own view. */
  isConfirmedAlias(id: EntryId): boolean;
}

/** Of a space; or of a tree that is known already. */
export type ShownTreeOf = (space: SpaceId | SpaceTree) => ShownTree;

export function prepareShownTree(database: RegionDatabase, trees: SpaceTrees): ShownTreeOf {
  const entry = database.prepare<[string, string], string>('SELECT state FROM entry WHERE tree = ? AND id = ?').pluck();
  const alias = database
    .prepare<[string, string], string>('SELECT to_id FROM alias WHERE tree = ? AND from_id = ? AND outstanding < 2')
    .pluck();
  const confirmedAlias = database
    .prepare<[string, string], number>('SELECT 1 FROM alias WHERE tree = ? AND from_id = ? AND outstanding = 0')
    .pluck();
  const child = database
    .prepare<[string, string, string], string>(
      // Named, since without statistics the planner prefers to walk the whole space by its primary key.
      'SELECT state FROM entry INDEXED BY entry_by_name WHERE tree = ? AND parent_id = ? AND name_key = ? AND live = 1 LIMIT 1',
    )
    .pluck();
  const children = database
    .prepare<[string, string], string>('SELECT id FROM entry INDEXED BY entry_by_name WHERE tree = ? AND parent_id = ? AND live = 1')
    .pluck();
  const goneChild = database
    .prepare<[string, string], number>(
      'SELECT 1 FROM entry INDEXED BY entry_gone_from WHERE tree = ? AND parent_id = ? AND live = 0 LIMIT 1',
    )
    .pluck();
  const aliasesTo = database
    .prepare<[string, string], string>(
      'SELECT from_id FROM alias INDEXED BY alias_by_target WHERE tree = ? AND to_id = ? AND outstanding < 2',
    )
    .pluck();
  const parse = (state: string | undefined): Entry | null => (state === undefined ? null : (JSON.parse(state) as Entry));

  return (space) => {
    const { key } = typeof space === 'string' ? trees.of(space) : space;
    return {
      entry: (id) => (id === rootId ? rootEntry : parse(entry.get(key, id))),
      aliasOf: (id) => (alias.get(key, id) as EntryId | undefined) ?? null,
      isConfirmedAlias: (id) => confirmedAlias.get(key, id) !== undefined,
      liveChild: (parentId, name) => parse(child.get(key, parentId, name)),
      liveChildren: (parentId) => children.all(key, parentId) as EntryId[],
      hasChild: (parentId) => children.get(key, parentId) !== undefined || goneChild.get(key, parentId) !== undefined,
      aliasesTo: (id) => aliasesTo.all(key, id) as EntryId[],
    };
  };
}
