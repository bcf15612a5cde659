import { JzseError } from '@jzse/api';
import type { ListingPage } from '@jzse/api/edge';
import type { Entry, SpaceId } from '@jzse/sync';
import { describeEntry } from './describe-entry.ts';
import type { ReadDeps } from './read-deps.ts';

export interface PageOf {
  readonly after: string | null;
  readonly limit: number;
}

/** One page of a folder, by name. Throws `not-a-folder`. */
export async function listFolder(
  deps: Pick<ReadDeps, 'store'>,
  { space, entry }: { readonly space: SpaceId; readonly entry: Entry },
  page: PageOf,
): Promise<ListingPage> {
  const folder = await describeEntry(deps, { space, entry });
  if (entry.kind !== 'folder')
    throw new JzseError('not-a-folder', `${folder.path} is a file, not a folder`, { detail: { path: folder.path } });
  const { items, next } = await deps.store.listFolder(space, entry.id, page);
  const above = folder.path === '/' ? '' : folder.path;
  const entries = await Promise.all(items.map((child) => describeEntry(deps, { space, entry: child, path: `${above}/${child.name}` })));
  return { folder, entries, next };
}
