import { compareStamps } from './clock.ts';
import { sameDot } from './dot.ts';
import type { Draft } from './draft.ts';
import { freeName, isAtOrAbove, livingParent, note, put, revive, touch } from './draft.ts';
import type { Entry, TrashedVersion } from './entry.ts';
import { sortHeads } from './heads.ts';
import type { EntryId } from './identifiers.ts';
import type { Move } from './operation.ts';
import { hadSeen } from './seen.ts';

/** SY6: of two concurrent moves the higher stamp wins; one that would make a cycle is refused. Both are noted. */
export function applyMove(draft: Draft, operation: Move, id: EntryId): void {
  const before = draft.tree.entry(id);
  if (before === null) return note(draft, 'unknown-entry', id);
  const parentId = livingParent(draft, operation.parentId);
  const beforeRevival = draft.tree.entry(id) ?? before;
  if (beforeRevival.deleted?.implied === true) returnFromTrash(draft, beforeRevival);
  const entry = draft.tree.entry(id) ?? before;
  touch(draft, id);
  if (isAtOrAbove(draft.tree, id, parentId)) return note(draft, 'move-cycle', id);
  const current = entry.location;
  if (current !== null && !hadSeen(operation, current, draft.place.forks) && compareStamps(current.stamp, operation.stamp) > 0) {
    return note(draft, 'move-superseded', id);
  }
  const name = entry.deleted === null ? freeName(draft, { parentId, name: operation.name, self: id }) : operation.name;
  put(draft, { ...entry, parentId, name, location: { dot: operation.dot, stamp: operation.stamp, position: draft.place.position } });
}

/** It went only because its folder went, and someone wanted it elsewhere: it comes back with the heads that went that way. */
function returnFromTrash(draft: Draft, entry: Entry): void {
  const { deleted } = entry;
  if (deleted === null) return;
  const wentAlong = (version: TrashedVersion): boolean => version.implied && sameDot(version.trashedBy, deleted.dot);
  const back = entry.trash.filter(wentAlong).map(({ trashedBy: _by, implied: _implied, ...version }) => version);
  // Its versions are forgotten: a file without any stays a tombstone.
  if (entry.kind === 'file' && entry.heads.length + back.length === 0) return;
  put(draft, { ...entry, heads: sortHeads([...entry.heads, ...back]), trash: entry.trash.filter((version) => !wentAlong(version)) });
  revive(draft, entry.id);
}
