import { JzseError } from '@jzse/api';
import type { VersionInfo } from '@jzse/api/edge';
import type { Entry, SpaceId } from '@jzse/sync';
import { sameDot, winner } from '@jzse/sync';
import { isContentHeld } from './describe-entry.ts';
import { versionInfo } from './entry-info.ts';
import type { PageOf } from './list-folder.ts';
import type { ReadDeps } from './read-deps.ts';

/** One page of a file's history, newest first. Throws `is-a-folder`. */
export async function listVersions(
  { store }: Pick<ReadDeps, 'store'>,
  { space, entry }: { readonly space: SpaceId; readonly entry: Entry },
  page: PageOf,
): Promise<{ readonly versions: readonly VersionInfo[]; readonly next: string | null }> {
  if (entry.kind !== 'file')
    throw new JzseError(
      'is-a-folder',
      `${entry.name === '' ? 'the top of a space' : `"${entry.name}"`} is a folder; only files have versions`,
    );
  const shown = winner(entry);
  const { items, next } = await store.listVersions(space, entry.id, page);
  const versions = await Promise.all(
    items.map(async (version) =>
      versionInfo(version, {
        current: shown !== null && sameDot(shown.dot, version.dot),
        held: await isContentHeld(store, version.content),
      }),
    ),
  );
  return { versions, next };
}
