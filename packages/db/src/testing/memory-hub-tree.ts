import type { Entry, EntryId } from '@jzse/sync';
import { nameKey } from '@jzse/sync';
import { createJsonTexts } from '../hub/json-texts.ts';
import type { LoadedTree } from '../hub/loaded-tree.ts';
import type { Page, PageRequest } from '../metadata-store.ts';
import type { SpaceState } from './memory-hub-state.ts';
import { compareBytes, entryOf } from './memory-hub-state.ts';

/** A space's tree with all of it there: nothing has to be loaded. Finds children by looking at all entries. */
export function memoryTree(space: SpaceState): LoadedTree {
  const entry = (id: EntryId): Entry | null => entryOf(space, id);
  const nothing = (): void => undefined;
  return {
    texts: createJsonTexts(),
    peekEntry: entry,
    peekAlias: (id) => space.aliases.get(id) ?? null,
    childSum: (id) => space.entries.get(id)?.childSum ?? 0n,
    madeAt: () => 0,
    lacks: () => false,
    addEntry: nothing,
    addAlias: nothing,
    addChild: nothing,
    addChildren: nothing,
    addHasChild: nothing,
    entry,
    aliasOf: (id) => space.aliases.get(id) ?? null,
    liveChild: (parentId, key) => {
      for (const child of childrenOf(space, parentId)) if (child.deleted === null && nameKey(child.name) === key) return child;
      return null;
    },
    liveChildren: (parentId) => [...childrenOf(space, parentId)].filter((child) => child.deleted === null).map((child) => child.id),
    hasChild: (parentId) => childrenOf(space, parentId).next().done !== true,
    aliasesTo: () => {
      throw new Error('only the author of an operation asks which ids were merged into one');
    },
  };
}

/** Alive or deleted. */
export function* childrenOf(space: SpaceState, parentId: EntryId): Generator<Entry, void, undefined> {
  for (const { entry } of space.entries.values()) if (entry.parentId === parentId) yield entry;
}

/** Entries by name key, a page at a time; the cursor is the last key. */
export function pageByName(entries: Iterable<Entry>, { after, limit }: PageRequest): Page<Entry> {
  const keyed = [...entries].map((entry) => ({ entry, key: nameKey(entry.name) })).sort((left, right) => compareBytes(left.key, right.key));
  const rest = keyed.filter(({ key }) => after === null || compareBytes(key, after) > 0);
  const kept = rest.slice(0, limit);
  return { items: kept.map(({ entry }) => entry), next: rest.length > limit ? (kept.at(-1)?.key ?? null) : null };
}

/** An id and all that was merged into what it stands for, at any remove. */
export function membersOf(space: SpaceState, id: EntryId): Set<EntryId> {
  const members = new Set([id]);
  for (const member of members) for (const [from, to] of space.aliases) if (to === member) members.add(from);
  return members;
}
