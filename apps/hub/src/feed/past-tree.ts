import type { HubStore } from '@jzse/db/hub';
import type { Entry, EntryId, SpaceId } from '@jzse/sync';
import { nameKey } from '@jzse/sync';

/** A tree as it was at some place of the log. */
export interface PastTree {
  entry(id: EntryId): Promise<Entry | null>;
  /** Live children in the order of their name keys, after one. */
  children(folder: EntryId, page: { readonly after: string | null; readonly limit: number }): Promise<readonly Entry[]>;
}
export type PastStore = Pick<HubStore, 'entryAt' | 'childrenAt'>;

export const logTree = (store: PastStore, space: SpaceId, sequence: number): PastTree => ({
  entry: (id) => store.entryAt(space, id, sequence),
  children: async (folder, page) => (await store.childrenAt(space, folder, { sequence, page })).items,
});

/** The live child of that name; null if there is none. */
export async function pastChild(tree: PastTree, folder: EntryId, name: string): Promise<Entry | null> {
  const key = nameKey(name);
  const [child] = await tree.children(folder, { after: justBefore(key), limit: 1 });
  return child !== undefined && nameKey(child.name) === key ? child : null;
}

/** A text with nothing between it and `key` that a name would be. */
function justBefore(key: string): string | null {
  const characters = [...key];
  const code = characters.pop()?.codePointAt(0);
  if (code === undefined) return null;
  const previous = code === firstAfterSurrogates ? lastBeforeSurrogates : code - 1;
  return `${characters.join('')}${String.fromCodePoint(previous)}\u{10FFFF}`;
}
const firstAfterSurrogates = 0xe000;
const lastBeforeSurrogates = 0xd7ff;
