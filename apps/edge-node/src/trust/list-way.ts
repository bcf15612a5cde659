import { JzseError } from '@jzse/api';
import type { ListingPage } from '@jzse/api/edge';
import type { RegionStore } from '@jzse/db/region';
import type { Entry, SpaceId } from '@jzse/sync';
import { nameKey, splitPath } from '@jzse/sync';
import { describeEntry } from '../read/describe-entry.ts';
import type { PageOf } from '../read/list-folder.ts';
import type { SpaceView } from './space-access.ts';

export interface WayDeps {
  readonly store: RegionStore;
}

/**
 * A folder of which somebody may know only what leads to something that was granted to them: that is looked up from there, so the cost
 * follows what was granted and not what is in the folder. Throws `unknown-path`, `not-a-folder`.
 */
export async function listWay(
  { store }: WayDeps,
  { space, path, seen, page }: { readonly space: SpaceId; readonly path: string; readonly seen: SpaceView; readonly page: PageOf },
): Promise<ListingPage> {
  const entry = await store.entryAtPath(space, splitPath(path));
  if (entry === null) throw new JzseError('unknown-path', `nothing is at ${path} in "${space}"`, { detail: { space, path } });
  const folder = await describeEntry({ store }, { space, entry });
  if (entry.kind !== 'folder') throw new JzseError('not-a-folder', `${folder.path} is a file, not a folder`, { detail: { path } });
  const known = await Promise.all([...seen.way()].map((id) => store.entry(space, id)));
  const children = known
    .filter((child): child is Entry => child !== null && child.parentId === entry.id && child.deleted === null)
    .map((child) => ({ child, key: nameKey(child.name) }))
    .filter(({ key }) => page.after === null || key > page.after)
    .toSorted((left, right) => (left.key < right.key ? -1 : 1));
  const kept = children.slice(0, page.limit);
  const above = folder.path === '/' ? '' : folder.path;
  const entries = await Promise.all(
    kept.map(({ child }) => describeEntry({ store }, { space, entry: child, path: `${above}/${child.name}` })),
  );
  return { folder, entries, next: children.length > kept.length ? (kept.at(-1)?.key ?? null) : null };
}
