import type { Dot } from './causality.ts';
import { compareStamps } from './clock.ts';
import { compareText, dotKey, sameDot } from './dot.ts';
import type { Draft } from './draft.ts';
import { note, put } from './draft.ts';
import type { Entry, TrashedVersion, Version } from './entry.ts';
import type { EntryId } from './identifiers.ts';
import type { Content, FileFacts } from './operation.ts';

/** The version shown at the path: among siblings the highest stamp (SY3). Null for folders and deleted files. */
export const winner = (entry: Entry): Version | null => entry.heads[0] ?? null;

/** Winner first. */
export const sortHeads = (heads: readonly Version[]): Version[] =>
  [...heads].sort((left, right) => compareStamps(right.stamp, left.stamp) || compareText(dotKey(right.dot), dotKey(left.dot)));

/** The version that this operation makes from others. */
export function versionOf(
  draft: Draft,
  made: { readonly content: Content; readonly facts: FileFacts; readonly parents: readonly Dot[] },
): Version {
  const { dot, stamp, author } = draft.operation;
  return { dot, stamp, position: draft.place.position, content: made.content, facts: made.facts, author, parents: made.parents };
}

/** Adds a head; the same bytes as a head there is make no second one (SY2). */
export function addHead(draft: Draft, id: EntryId, version: Version): void {
  const entry = draft.tree.entry(id);
  if (entry === null || entry.kind !== 'file') return;
  draft.versions.push({ entryId: id, version });
  if (entry.heads.some((head) => sameDot(head.dot, version.dot))) return;
  if (entry.heads.some((head) => head.content.hash === version.content.hash)) {
    put(draft, { ...entry, sameDots: [...entry.sameDots, version.dot] });
    return;
  }
  if (entry.heads.length === 1) note(draft, 'conflict', id);
  put(draft, { ...entry, heads: sortHeads([...entry.heads, version]) });
}

/** Moves the heads that `isGone` names to the trash; answers those that stay. */
export function trashHeads(
  draft: Draft,
  entry: Entry,
  gone: { readonly isGone: (version: Version) => boolean; readonly implied: boolean },
): Entry {
  const trashedBy = draft.operation.dot;
  const trashed = entry.heads.filter(gone.isGone).map((head): TrashedVersion => ({ ...head, trashedBy, implied: gone.implied }));
  if (trashed.length === 0) return entry;
  return put(draft, { ...entry, heads: entry.heads.filter((head) => !gone.isGone(head)), trash: [...entry.trash, ...trashed] });
}
