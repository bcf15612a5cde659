import type { EntryId, SpaceId } from '@jzse/sync';
import { nameKey, resolveAlias, rootId } from '@jzse/sync';
import type { ShownTreeOf } from './shown-tree.ts';

/** Which folders stand above something. Reads answer at once. */
export interface Ancestry {
  /** From the top of the space down to the entry at these names, or to the deepest that is there. */
  atPath(space: SpaceId, names: readonly string[]): { readonly ids: readonly EntryId[]; readonly isWhole: boolean };
  /** The entry (deleted ones too) and all above it, upward; empty for what is not known. */
  of(space: SpaceId, id: EntryId): EntryId[];
}

/** No tree is deeper: a path has no room for more names. */
const depthMax = 4096;

export function prepareAncestry(shownTree: ShownTreeOf): Ancestry {
  return {
    atPath: (space, names) => {
      const tree = shownTree(space);
      const ids: EntryId[] = [rootId];
      for (const name of names) {
        const child = tree.liveChild(ids.at(-1) ?? rootId, nameKey(name));
        if (child === null) return { ids, isWhole: false };
        ids.push(child.id);
      }
      return { ids, isWhole: true };
    },
    of: (space, id) => {
      const tree = shownTree(space);
      const ids: EntryId[] = [];
      let entry = tree.entry(resolveAlias(tree, id));
      while (entry !== null && ids.length < depthMax) {
        ids.push(entry.id);
        entry = entry.parentId === null ? null : tree.entry(resolveAlias(tree, entry.parentId));
      }
      return ids;
    },
  };
}
