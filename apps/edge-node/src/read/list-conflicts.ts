import type { ConflictInfo } from '@jzse/api/edge';
import type { Entry, SpaceId } from '@jzse/sync';
import { rootId } from '@jzse/sync';
import { type ConflictReadDeps, conflictInfos } from './conflict-info.ts';
import type { PageOf } from './list-folder.ts';

/** One page of the conflicts at and below an entry; a file in conflict is a list of one. */
export async function listConflicts(
  deps: ConflictReadDeps,
  { space, entry }: { readonly space: SpaceId; readonly entry: Entry },
  page: PageOf,
): Promise<{ readonly conflicts: readonly ConflictInfo[]; readonly next: string | null }> {
  if (entry.kind === 'file') {
    const conflicts = entry.heads.length > 1 && page.after === null ? await conflictInfos(deps, space, [entry]) : [];
    return { conflicts, next: null };
  }
  const { items, next } = await deps.store.listConflicts(space, entry.id === rootId ? null : entry.id, page);
  return { conflicts: await conflictInfos(deps, space, items), next };
}
