import type { EntryId } from '@jzse/sync';
import type { ConfirmedChange } from './confirmed-change.ts';
import type { RegionDatabase } from './open-database.ts';
import type { TreeKey } from './space-tree.ts';

/** Which ids were merged into which. One that only this region's view has merged counts in no sum. Called inside a transaction only. */
export interface AliasRows {
  showOutstanding(tree: TreeKey, from: EntryId, to: EntryId): void;
  /** `change` null: the sums are computed later. */
  confirm(tree: TreeKey, alias: { readonly from: EntryId; readonly to: EntryId }, change: ConfirmedChange | null): void;
  /** The entry that they lead to is forgotten. */
  forgetTo(tree: TreeKey, id: EntryId, change: ConfirmedChange): void;
  /** The same by an outstanding operation. */
  hideTo(tree: TreeKey, id: EntryId): void;
  /** As the hub has them. */
  takeBack(tree: TreeKey): void;
}

interface Row {
  readonly to: EntryId;
  readonly outstanding: number;
}

export function prepareAliasRows(database: RegionDatabase): AliasRows {
  const show = database.prepare('INSERT INTO alias (tree, from_id, to_id, outstanding) VALUES (?, ?, ?, 1) ON CONFLICT DO NOTHING');
  const read = database.prepare<[string, string], Row>('SELECT to_id AS "to", outstanding FROM alias WHERE tree = ? AND from_id = ?');
  const confirm = database.prepare(
    `INSERT INTO alias (tree, from_id, to_id, outstanding) VALUES (?, ?, ?, 0)
     ON CONFLICT (tree, from_id) DO UPDATE SET to_id = excluded.to_id, outstanding = 0`,
  );
  const forget = database.prepare<[string, string], { readonly from: EntryId; readonly outstanding: number }>(
    'DELETE FROM alias INDEXED BY alias_by_target WHERE tree = ? AND to_id = ? RETURNING from_id AS "from", outstanding',
  );
  const hide = database.prepare(
    'UPDATE alias INDEXED BY alias_by_target SET outstanding = 2 WHERE tree = ? AND to_id = ? AND outstanding = 0',
  );
  const drop = database.prepare('DELETE FROM alias INDEXED BY alias_outstanding WHERE tree = ? AND outstanding = 1 AND outstanding > 0');
  const unhide = database.prepare(
    'UPDATE alias INDEXED BY alias_outstanding SET outstanding = 0 WHERE tree = ? AND outstanding = 2 AND outstanding > 0',
  );
  return {
    showOutstanding: (tree, from, to) => void show.run(tree, from, to),
    confirm: (tree, { from, to }, change) => {
      const before = read.get(tree, from);
      if (before !== undefined && before.outstanding !== 1) change?.dropAlias(from, before.to);
      confirm.run(tree, from, to);
      change?.addAlias(from, to);
    },
    forgetTo: (tree, id, change) => {
      for (const { from, outstanding } of forget.all(tree, id)) if (outstanding !== 1) change.dropAlias(from, id);
    },
    hideTo: (tree, id) => void hide.run(tree, id),
    takeBack: (tree) => {
      drop.run(tree);
      unhide.run(tree);
    },
  };
}
