import { JzseError } from '@jzse/api';
import type { EntryId, TreeReader } from '@jzse/sync';
import { joinPath, nameKey } from '@jzse/sync';
import type { Decide } from './planned-operation.ts';
import { entryAt } from './walk-path.ts';

/**
 * Moves or renames an entry; another case of its own name is a rename. The folder to move into must be there.
 * Throws `unknown-path`, `not-a-folder`, `already-exists`, `would-make-cycle`, `invalid-input` for the top.
 */
export const decideMove =
  (move: { readonly from: readonly string[]; readonly to: readonly string[] }): Decide =>
  (view) => {
    const name = move.to.at(-1);
    if (move.from.length === 0 || name === undefined) throw new JzseError('invalid-input', 'the top of a space stays where it is');
    const { entry } = entryAt(view, move.from);
    const folder = entryAt(view, move.to.slice(0, -1));
    if (folder.entry.kind === 'file') throw new JzseError('not-a-folder', `${joinPath(folder.names)} is a file`);
    const parentId = folder.entry.id;
    if (isAtOrAbove(view.tree, entry.id, parentId)) throw new JzseError('would-make-cycle', 'a folder cannot be moved into itself');
    const holder = view.tree.liveChild(parentId, nameKey(name));
    if (holder !== null && holder.id !== entry.id) throw new JzseError('already-exists', `something is at ${joinPath(move.to)} already`);
    const isThere = entry.parentId === parentId && entry.name === name;
    return {
      operations: isThere ? [] : [{ type: 'move', entryId: entry.id, parentId, name }],
      entryId: entry.id,
      names: [...folder.names, name],
      created: false,
      version: null,
    };
  };

function isAtOrAbove(tree: TreeReader, ancestor: EntryId, id: EntryId): boolean {
  for (let current: EntryId | null = id; current !== null; current = tree.entry(current)?.parentId ?? null)
    if (current === ancestor) return true;
  return false;
}
