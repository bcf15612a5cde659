import { dotKey } from './dot.ts';
import type { Draft } from './draft.ts';
import { freeName, livingParent, note, put, recoveredId, revive } from './draft.ts';
import type { Version } from './entry.ts';
import { addHead, versionOf } from './heads.ts';
import type { EntryId } from './identifiers.ts';
import type { Restore, Write } from './operation.ts';
import { dotKeys } from './seen.ts';
import { shedMerged } from './shed-merged.ts';

/** SY2, SY7: removes the heads that its author saw and adds its own; an unseen head stays, a sibling. */
export function applyWrite(draft: Draft, operation: Write, id: EntryId): void {
  const existing = draft.tree.entry(id);
  if (existing === null) return recover(draft, { ...operation, parents: operation.base }, id);
  if (existing.kind !== 'file') return note(draft, 'unknown-entry', id);
  shedMerged(draft, operation, id);
  const seen = dotKeys(operation.base);
  const entry = draft.tree.entry(id) ?? existing;
  put(draft, { ...entry, heads: entry.heads.filter((head) => !seen.has(dotKey(head.dot))) });
  addHead(draft, id, versionOf(draft, { ...operation, parents: operation.base }));
  if (entry.deleted !== null) revive(draft, id);
}

/** Adds the restored version as a head of its own and brings the entry back. */
export function applyRestore(draft: Draft, operation: Restore, id: EntryId): void {
  const entry = draft.tree.entry(id);
  const { content, facts } = operation;
  const parents = operation.from == null ? [] : [operation.from];
  if (entry === null) return content === null ? note(draft, 'unknown-entry', id) : recover(draft, { ...operation, content, parents }, id);
  if (entry.kind === 'file') {
    if (content === null) return note(draft, 'unknown-entry', id);
    addHead(draft, id, versionOf(draft, { content, facts, parents }));
  }
  if (entry.deleted !== null) revive(draft, id);
}

/** SY11: a write to something forgotten lands under "Recovered". */
function recover(draft: Draft, made: Pick<Write, 'name' | 'content' | 'facts'> & Pick<Version, 'parents'>, id: EntryId): void {
  const parentId = livingParent(draft, recoveredId);
  const version = versionOf(draft, made);
  const attribution = { dot: version.dot, stamp: version.stamp, position: version.position };
  put(draft, {
    id,
    kind: 'file',
    parentId,
    name: freeName(draft, { parentId, name: made.name, self: null }),
    location: attribution,
    created: attribution,
    heads: [version],
    trash: [],
    sameDots: [],
    deleted: null,
    recovered: true,
  });
  draft.versions.push({ entryId: id, version });
  note(draft, 'recovered', id);
}
