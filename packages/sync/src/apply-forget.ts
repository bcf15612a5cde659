import type { Dot } from './causality.ts';
import { sameDot } from './dot.ts';
import type { Draft } from './draft.ts';
import { forgetEntry, forgetVersion, put, resolveAlias } from './draft.ts';
import type { Entry } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import type { Forget } from './operation.ts';

/** SY11: what is meant and still so goes; what was revived, named again or built upon meanwhile stays. */
export function applyForget(draft: Draft, operation: Forget): void {
  for (const { id, deletedBy } of operation.entries) {
    const entry = draft.tree.entry(id);
    if (entry === null || entry.deleted === null || !sameDot(entry.deleted.dot, deletedBy)) continue;
    if (entry.kind === 'folder' && draft.tree.hasChild(id)) continue;
    forgetEntry(draft, id);
  }
  for (const { entryId, dot } of operation.versions) forgetOneVersion(draft, entryId, dot);
}

function forgetOneVersion(draft: Draft, entryId: EntryId, dot: Dot): void {
  const entry = draft.tree.entry(resolveAlias(draft.tree, entryId));
  if (entry !== null && isNeeded(entry, dot)) return;
  forgetVersion(draft, dot);
  if (entry?.trash.some((version) => sameDot(version.dot, dot)))
    put(draft, { ...entry, trash: entry.trash.filter((version) => !sameDot(version.dot, dot)) });
}

/** A head, the same bytes as one, or what the file comes back with when its folder or a move brings it back. */
function isNeeded(entry: Entry, dot: Dot): boolean {
  if (entry.heads.some((head) => sameDot(head.dot, dot))) return true;
  const { deleted } = entry;
  if (deleted === null) return entry.sameDots.some((same) => sameDot(same, dot));
  return entry.trash.some((version) => sameDot(version.dot, dot) && version.implied && sameDot(version.trashedBy, deleted.dot));
}
