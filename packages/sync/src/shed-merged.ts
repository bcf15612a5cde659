import { dotKey, sameDot } from './dot.ts';
import type { Draft } from './draft.ts';
import { put, resolveAlias } from './draft.ts';
import type { Entry } from './entry.ts';
import { trashHeads } from './heads.ts';
import type { EntryId } from './identifiers.ts';
import type { Delete, Write } from './operation.ts';
import { dotKeys } from './seen.ts';

/**
 * Entries that the author's own view had merged into `id`, and that stand apart here (SY5):
 * the operation speaks of them too.
 */
export function standingApart(draft: Draft, operation: Write | Delete, id: EntryId): EntryId[] {
  const apart = new Set<EntryId>();
  for (const also of operation.alsoIds) {
    const resolved = resolveAlias(draft.tree, also);
    const entry = draft.tree.entry(resolved);
    if (entry === null || resolved === id) continue;
    if (entry.kind === 'file' || resolved === also) apart.add(resolved);
  }
  return [...apart];
}

/** Heads in the operation's base are removed wherever they live now. */
export function shedMerged(draft: Draft, operation: Write | Delete, id: EntryId): void {
  const named = dotKeys(operation.base);
  for (const apart of standingApart(draft, operation, id)) {
    const entry = draft.tree.entry(apart);
    if (entry !== null && entry.kind === 'file') shed(draft, entry, named);
  }
}

function shed(draft: Draft, entry: Entry, named: ReadonlySet<string>): void {
  // Named by an operation of its own: not to come back with its folder.
  const own = put(draft, {
    ...entry,
    trash: entry.trash.map((version) => (named.has(dotKey(version.dot)) ? { ...version, implied: false } : version)),
  });
  const { deleted } = own;
  if (deleted !== null) {
    const returnsWithFolder = own.trash.some((version) => version.implied && sameDot(version.trashedBy, deleted.dot));
    if (deleted.implied && !returnsWithFolder) put(draft, { ...own, deleted: { ...deleted, implied: false } });
    return;
  }
  const rest = trashHeads(draft, own, { isGone: (head) => named.has(dotKey(head.dot)), implied: false });
  if (rest.heads.length === 0)
    put(draft, { ...rest, deleted: { dot: draft.operation.dot, position: draft.place.position, implied: false } });
}
