import { JzseError } from '@jzse/api';
import type { BulkOutcome, ChangeInfo } from '@jzse/api/edge';
import type { JournalRow } from '@jzse/db/region';
import type { Attribution, Author, Dot, Entry, FormerState, NotReturned, SpaceId, TreeReader } from '@jzse/sync';
import { dotKey, planReturn } from '@jzse/sync';
import { checkSpace } from './commit-version.ts';
import { commitReturn } from './return-entries.ts';
import type { WriteDeps } from './write-deps.ts';

/** Changes that are told, newest first. */
const changesMax = 200;

export async function listChanges(deps: WriteDeps, space: SpaceId): Promise<readonly ChangeInfo[]> {
  await checkSpace(deps, space);
  const changes = await deps.store.listChanges(space, changesMax);
  return changes.map(({ changeId, atMs, author, what, entries }) => ({ changeId, atMs, author, what, entries }));
}

/** Brings back what a change touched as it was before, by ordinary new operations, which can be undone in their turn; what was changed since is skipped. Throws `unknown-change`. */
export async function undoChange(
  deps: WriteDeps,
  request: { readonly space: SpaceId; readonly changeId: string; readonly author: Author },
): Promise<BulkOutcome> {
  const { space, changeId, author } = request;
  await checkSpace(deps, space);
  const journal = await deps.store.changeJournal(space, changeId);
  if (journal === null) {
    throw new JzseError(
      'unknown-change',
      'this region knows of no such change, or not any more; what was deleted or superseded is still kept',
      {
        detail: { changeId },
      },
    );
  }
  const change = { changeId: deps.newUploadId(), what: `undo of ${changeId}` };
  return commitReturn(deps, { space, author, change }, (tree) => {
    const { former, changedSince } = undoable(tree, journal);
    const plan = planReturn(tree, former);
    return { steps: plan.steps, skipped: [...changedSince, ...plan.skipped] };
  });
}

interface Undoable {
  readonly former: readonly FormerState[];
  readonly changedSince: readonly NotReturned[];
}

/** Those that something else touched since are left. */
function undoable(tree: TreeReader, journal: readonly JournalRow[]): Undoable {
  const dots = new Set(journal.flatMap((row) => row.dots.map(dotKey)));
  const former: FormerState[] = [];
  const changedSince: NotReturned[] = [];
  for (const { entryId, before } of journal) {
    const now = tree.entry(entryId);
    if (now !== null && isChangedSince(now, before, dots)) changedSince.push({ id: entryId, why: 'changed-since' });
    else former.push({ id: entryId, entry: before });
  }
  return { former, changedSince };
}

/** All that the entry is now, it was before the change, or is by it. */
function isChangedSince(now: Entry, before: Entry | null, dots: ReadonlySet<string>): boolean {
  const isKnown = (dot: Dot, was: readonly (Pick<Attribution, 'dot'> | null | undefined)[]): boolean =>
    dots.has(dotKey(dot)) || was.some((known) => known !== null && known !== undefined && dotKey(known.dot) === dotKey(dot));
  if (now.heads.some((head) => !isKnown(head.dot, before?.heads ?? []))) return true;
  if (now.location !== null && !isKnown(now.location.dot, [before?.location, before?.created])) return true;
  return now.deleted !== null && !isKnown(now.deleted.dot, [before?.deleted]);
}
