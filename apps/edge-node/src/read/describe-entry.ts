import type { EntryInfo } from '@jzse/api/edge';
import type { Content, Entry, SpaceId } from '@jzse/sync';
import { joinPath, winner } from '@jzse/sync';
import { entryInfo } from './entry-info.ts';
import type { ReadDeps } from './read-deps.ts';
import { type PathInSpace, resolveEntry } from './resolve-path.ts';

type Store = Pick<ReadDeps, 'store'>;

/** What is at a path, as people see it. Throws `unknown-space`, `unknown-path`. */
export async function describePath(deps: Store, place: PathInSpace): Promise<EntryInfo> {
  return describeEntry(deps, { space: place.space, entry: await resolveEntry(deps, place) });
}

/** `path` if the caller knows it: then it is not looked up. */
export async function describeEntry(
  { store }: Store,
  known: { readonly space: SpaceId; readonly entry: Entry; readonly path?: string },
): Promise<EntryInfo> {
  const { space, entry } = known;
  const path = known.path ?? joinPath((await store.pathOf(space, entry.id)) ?? [entry.name]);
  return entryInfo(entry, { path, held: await isContentHeld(store, winner(entry)?.content ?? null) });
}

/** An empty content has no chunks to lack. */
export const isContentHeld = async (store: ReadDeps['store'], content: Content | null): Promise<boolean> =>
  content !== null && (content.size === 0 || (await store.isHeld(content.hash)));
