import { dotKey } from './dot.ts';
import type { Draft } from './draft.ts';
import { isAtOrAbove, note, put, resolveAlias, touch } from './draft.ts';
import type { Entry } from './entry.ts';
import { trashHeads } from './heads.ts';
import type { EntryId } from './identifiers.ts';
import { rootId } from './identifiers.ts';
import type { Delete } from './operation.ts';
import { dotKeys, hadSeen } from './seen.ts';
import { shedMerged, standingApart } from './shed-merged.ts';

/** SY4: removes what its author saw, and nothing else. */
export function applyDelete(draft: Draft, operation: Delete, id: EntryId): void {
  const entry = draft.tree.entry(id);
  touch(draft, id);
  if (id === rootId) return note(draft, 'unknown-entry', id);
  if (entry === null) {
    note(draft, 'unknown-entry', id);
    shedMerged(draft, operation, id);
    // The folder is forgotten, but not what its author saw there: it may stand under "Recovered" by the author's own word.
    deleteStrays(draft, id, observedOf(draft, operation));
    deleteFolders(draft, operation, standingApart(draft, operation, id));
  } else if (entry.kind === 'file') deleteFile(draft, operation, id);
  else deleteFolders(draft, operation, [id, ...standingApart(draft, operation, id)]);
}

function deleteFile(draft: Draft, operation: Delete, id: EntryId): void {
  shedMerged(draft, operation, id);
  const entry = draft.tree.entry(id);
  if (entry === null) return;
  const seen = dotKeys(operation.base);
  const rest = trashHeads(draft, entry, { isGone: (head) => seen.has(dotKey(head.dot)), implied: false });
  if (rest.heads.length > 0) note(draft, 'edit-beats-delete', id);
  else if (rest.deleted === null) put(draft, { ...rest, deleted: { dot: operation.dot, position: draft.place.position, implied: false } });
  else put(draft, { ...rest, deleted: { ...rest.deleted, implied: false } });
}

function deleteFolders(draft: Draft, operation: Delete, ids: readonly EntryId[]): void {
  const observed = observedOf(draft, operation);
  for (const id of ids) {
    const entry = draft.tree.entry(id);
    if (entry !== null && entry.kind === 'folder') deleteFolder(draft, entry, observed);
  }
}

/** What the author saw, as its ids stand now. */
interface Observed {
  readonly ids: ReadonlySet<EntryId>;
  readonly dots: ReadonlySet<string>;
  readonly named: readonly EntryId[];
}

function observedOf(draft: Draft, operation: Delete): Observed {
  const named = operation.observed.map((entry) => entry.id);
  const ids = new Set(named.flatMap((id) => [id, resolveAlias(draft.tree, id)]));
  return { ids, dots: dotKeys(operation.observed.flatMap((entry) => entry.heads)), named };
}

function deleteFolder(draft: Draft, folder: Entry, observed: Observed): void {
  deleteStrays(draft, folder.id, observed);
  if (folder.deleted !== null) {
    if (folder.deleted.implied) put(draft, { ...folder, deleted: { ...folder.deleted, implied: false } });
    return;
  }
  const below = liveAtAndBelow(draft, folder.id);
  const kept = keptBelow(draft, { folder: folder.id, below, observed });
  for (const id of below) {
    const entry = draft.tree.entry(id);
    if (entry === null) continue;
    if (!kept.has(id)) {
      const emptied = trashHeads(draft, entry, { isGone: () => true, implied: true });
      put(draft, { ...emptied, deleted: { dot: draft.operation.dot, position: draft.place.position, implied: id !== folder.id } });
    } else if (entry.kind === 'file') {
      trashHeads(draft, entry, { isGone: (head) => observed.dots.has(dotKey(head.dot)), implied: true });
    }
  }
  if (kept.size > 0) note(draft, 'partial-delete', folder.id);
}

/** Files seen below that stand elsewhere now: deleted too if the author knew their place (it stands apart only because names merged otherwise). */
function deleteStrays(draft: Draft, folderId: EntryId, observed: Observed): void {
  for (const named of observed.named) {
    const entry = draft.tree.entry(resolveAlias(draft.tree, named));
    if (entry === null || entry.kind !== 'file' || entry.deleted !== null || isAtOrAbove(draft.tree, folderId, entry.id)) continue;
    if (entry.location === null || !hadSeen(draft.operation, entry.location, draft.place.forks)) continue;
    if (!entry.heads.some((head) => observed.dots.has(dotKey(head.dot)))) continue;
    const rest = trashHeads(draft, entry, { isGone: (head) => observed.dots.has(dotKey(head.dot)), implied: true });
    if (rest.heads.length === 0)
      put(draft, { ...rest, deleted: { dot: draft.operation.dot, position: draft.place.position, implied: true } });
  }
}

/** What was not seen, and the folders above it up to the deleted one. */
function keptBelow(
  draft: Draft,
  scope: { readonly folder: EntryId; readonly below: readonly EntryId[]; readonly observed: Observed },
): ReadonlySet<EntryId> {
  const { folder, below, observed } = scope;
  const kept = new Set<EntryId>();
  for (const id of below) {
    const entry = draft.tree.entry(id);
    if (id === folder || entry === null) continue;
    const seen = entry.kind === 'folder' ? observed.ids.has(id) : entry.heads.every((head) => observed.dots.has(dotKey(head.dot)));
    if (seen) continue;
    for (let current: EntryId | null = id; current !== null && current !== folder; current = draft.tree.entry(current)?.parentId ?? null)
      kept.add(current);
    kept.add(folder);
  }
  return kept;
}

function liveAtAndBelow(draft: Draft, folderId: EntryId): EntryId[] {
  const found: EntryId[] = [folderId];
  for (let at = 0; at < found.length; at++) {
    const id = found[at];
    if (id !== undefined && draft.tree.entry(id)?.kind === 'folder') found.push(...draft.tree.liveChildren(id));
  }
  return found;
}
