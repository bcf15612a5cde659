import { JzseError } from '@jzse/api';
import type { Content, Dot, Entry, FileFacts } from '@jzse/sync';
import { dotKey, joinPath, mergedInto, nameKey, winner } from '@jzse/sync';
import type { Decide, Decision, SpaceView } from './planned-operation.ts';
import type { WalkedFolder } from './walk-path.ts';
import { walkToFolder } from './walk-path.ts';

/** Versions by dot key, or anything at all. */
export type VersionMatch = readonly string[] | 'any';

/** When a write may happen. Dot keys that are no version simply never match. */
export interface WriteCondition {
  readonly ifMatch: VersionMatch | null;
  readonly ifNoneMatch: VersionMatch | null;
}
export const always: WriteCondition = { ifMatch: null, ifNoneMatch: null };

export interface WriteWish {
  readonly names: readonly string[];
  readonly content: Content;
  readonly facts: FileFacts;
  readonly condition: WriteCondition;
  /** Versions that the author started from; null: what is shown now. A base that is not the shown one is taken, and makes a sibling. */
  readonly base: readonly Dot[] | null;
}

/**
 * Creates or writes the file at a path; folders above it are made as needed. Bytes that are shown already change nothing.
 * Throws `precondition-failed`, `is-a-folder`, `not-a-folder`.
 */
export const decideWrite =
  (wish: WriteWish): Decide =>
  (view) => {
    const name = wish.names.at(-1);
    if (name === undefined) throw new JzseError('is-a-folder', 'the top of a space is a folder; name a file in it');
    const folder = walkToFolder(view, wish.names.slice(0, -1));
    const entry = folder.operations.length > 0 ? null : view.tree.liveChild(folder.id, nameKey(name));
    checkCondition(wish.condition, entry, wish.names);
    if (entry === null) return create(view, { wish, folder, name });
    if (entry.kind === 'folder') throw new JzseError('is-a-folder', `${joinPath(wish.names)} is a folder`);
    return write(view, { wish, folder, entry });
  };

/** Throws `precondition-failed` unless the shown entry, null for none, is what the author expects. */
export function checkCondition({ ifMatch, ifNoneMatch }: WriteCondition, entry: Entry | null, names: readonly string[]): void {
  const version = entry === null ? null : winner(entry);
  const matches = (match: VersionMatch): boolean =>
    match === 'any' ? entry !== null : version !== null && match.includes(dotKey(version.dot));
  const detail = { path: joinPath(names), version: version === null ? null : dotKey(version.dot) };
  if (ifMatch !== null && !matches(ifMatch)) {
    throw new JzseError('precondition-failed', 'the file is not at the version that was named; read it again', { detail });
  }
  if (ifNoneMatch !== null && matches(ifNoneMatch))
    throw new JzseError('precondition-failed', 'there is something at this path already', { detail });
}

function create(view: SpaceView, made: { readonly wish: WriteWish; readonly folder: WalkedFolder; readonly name: string }): Decision {
  const { wish, folder, name } = made;
  const entryId = view.newEntryId();
  const { content, facts } = wish;
  return {
    operations: [...folder.operations, { type: 'create', kind: 'file', entryId, parentId: folder.id, name, content, facts }],
    entryId,
    names: [...folder.names, name],
    created: true,
    version: null,
  };
}

function write(view: SpaceView, made: { readonly wish: WriteWish; readonly folder: WalkedFolder; readonly entry: Entry }): Decision {
  const { wish, folder, entry } = made;
  const { content, facts } = wish;
  const decision = { entryId: entry.id, names: [...folder.names, entry.name], created: false };
  const shown = entry.heads.length === 1 ? winner(entry) : null;
  if (shown?.content.hash === content.hash) return { ...decision, operations: [], version: shown.dot };
  const base = wish.base ?? entry.heads.map((head) => head.dot);
  const alsoIds = mergedInto(view.tree, entry.id, view.isConfirmedAlias);
  return {
    ...decision,
    operations: [{ type: 'write', entryId: entry.id, base, alsoIds, name: entry.name, content, facts }],
    version: null,
  };
}
