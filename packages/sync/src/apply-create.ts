import type { Draft } from './draft.ts';
import { freeName, isAtOrAbove, livingParent, note, put, resolveAlias, revive, setAlias } from './draft.ts';
import type { Entry, Version } from './entry.ts';
import { addHead, versionOf } from './heads.ts';
import type { EntryId } from './identifiers.ts';
import { nameKey } from './names.ts';
import type { CreateFile, CreateFolder } from './operation.ts';

/** SY5: a name that a live entry of the same kind has merges; any other clash renames the later one. */
export function applyCreate(draft: Draft, operation: CreateFile | CreateFolder): void {
  const parentId = livingParent(draft, operation.parentId);
  const known = draft.tree.entry(resolveAlias(draft.tree, operation.entryId));
  if (known !== null) return mergeIntoKnown(draft, known, parentId);
  const namesake = draft.tree.liveChild(parentId, nameKey(operation.name));
  if (namesake !== null && namesake.kind === operation.kind) {
    setAlias(draft, operation.entryId, namesake.id);
    note(draft, 'merged-create', namesake.id);
    if (operation.kind === 'file') addHead(draft, namesake.id, firstVersion(draft, operation));
    return;
  }
  const created = { dot: operation.dot, stamp: operation.stamp, position: draft.place.position };
  const name = freeName(draft, { parentId, name: operation.name, self: null });
  put(draft, {
    id: operation.entryId,
    kind: operation.kind,
    parentId,
    name,
    location: created,
    created,
    heads: operation.kind === 'file' ? [firstVersion(draft, operation)] : [],
    trash: [],
    sameDots: [],
    deleted: null,
    recovered: false,
  });
  if (operation.kind === 'file') draft.versions.push({ entryId: operation.entryId, version: firstVersion(draft, operation) });
}

const firstVersion = (draft: Draft, operation: CreateFile): Version => versionOf(draft, { ...operation, parents: [] });

/** The id is known already: a stand-in that was recovered before its create arrived. Merged, never overwritten. */
function mergeIntoKnown(draft: Draft, known: Entry, parentId: EntryId): void {
  const { operation } = draft;
  if (operation.type !== 'create') return;
  if (operation.kind === 'file') addHead(draft, known.id, firstVersion(draft, operation));
  if (known.deleted !== null) revive(draft, known.id);
  const now = draft.tree.entry(known.id);
  if (now === null || !now.recovered || isAtOrAbove(draft.tree, known.id, parentId)) return;
  const location = { dot: operation.dot, stamp: operation.stamp, position: draft.place.position };
  put(draft, { ...now, recovered: false, parentId, name: freeName(draft, { parentId, name: operation.name, self: known.id }), location });
}
