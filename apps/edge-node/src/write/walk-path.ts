import { JzseError } from '@jzse/api';
import type { Entry, EntryId } from '@jzse/sync';
import { joinPath, nameKey, rootEntry, rootId } from '@jzse/sync';
import type { PlannedOperation, SpaceView } from './planned-operation.ts';

export interface WalkedFolder {
  readonly id: EntryId;
  /** As they are shown. */
  readonly names: readonly string[];
  /** Creates of the folders that were not there. */
  readonly operations: readonly PlannedOperation[];
}

/** The folder at `names`, with what it takes to make it. Throws `not-a-folder`. */
export function walkToFolder(view: SpaceView, names: readonly string[]): WalkedFolder {
  let id = rootId;
  const shown: string[] = [];
  const operations: PlannedOperation[] = [];
  for (const name of names) {
    const child = operations.length === 0 ? view.tree.liveChild(id, nameKey(name)) : null;
    if (child?.kind === 'file') throw new JzseError('not-a-folder', `${joinPath([...shown, child.name])} is a file`);
    shown.push(child?.name ?? name);
    if (child !== null) {
      id = child.id;
      continue;
    }
    const parentId = id;
    id = view.newEntryId();
    operations.push({ type: 'create', kind: 'folder', entryId: id, parentId, name });
  }
  return { id, names: shown, operations };
}

/** What is shown at `names`, or null. Throws `not-a-folder` when a file stands in the way. */
export function walkToEntry(
  view: Pick<SpaceView, 'tree'>,
  names: readonly string[],
): { readonly entry: Entry; readonly names: readonly string[] } | null {
  let entry: Entry = rootEntry;
  const shown: string[] = [];
  for (const name of names) {
    if (entry.kind === 'file') throw new JzseError('not-a-folder', `${joinPath(shown)} is a file`);
    const child = view.tree.liveChild(entry.id, nameKey(name));
    if (child === null) return null;
    entry = child;
    shown.push(child.name);
  }
  return { entry, names: shown };
}

/** The same for paths that must be there. Throws `unknown-path`. */
export function entryAt(
  view: Pick<SpaceView, 'tree'>,
  names: readonly string[],
): { readonly entry: Entry; readonly names: readonly string[] } {
  const found = walkToEntry(view, names);
  if (found === null) throw new JzseError('unknown-path', `nothing is at ${joinPath(names)}`);
  return found;
}
