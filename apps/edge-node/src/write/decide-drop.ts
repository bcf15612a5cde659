import { JzseError } from '@jzse/api';
import type { Content, EntryId, FileFacts } from '@jzse/sync';
import { nameKey } from '@jzse/sync';
import type { Decide, SpaceView } from './planned-operation.ts';

export interface DropWish {
  readonly folderId: EntryId;
  /** Of the folder, from the top of the space. */
  readonly folderNames: readonly string[];
  readonly name: string;
  readonly content: Content;
  readonly facts: FileFacts;
}

const namesTriedMax = 10_000;

/** A new file in a folder, whatever is there: where the name is taken, under another one. Throws `unknown-path`, `already-exists`. */
export const decideDrop =
  ({ folderId, folderNames, name, content, facts }: DropWish): Decide =>
  (view) => {
    const folder = view.tree.entry(folderId);
    if (folder === null || folder.deleted !== null || folder.kind !== 'folder') {
      throw new JzseError('unknown-path', 'the folder that this was for is not there any more');
    }
    const free = freeName(view, folderId, name);
    const entryId = view.newEntryId();
    return {
      operations: [{ type: 'create', kind: 'file', entryId, parentId: folderId, name: free, content, facts }],
      entryId,
      names: [...folderNames, free],
      created: true,
      version: null,
    };
  };

function freeName({ tree }: SpaceView, folderId: EntryId, name: string): string {
  const dot = name.lastIndexOf('.');
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, ''];
  for (let number = 1; number <= namesTriedMax; number++) {
    const candidate = number === 1 ? name : `${stem} (${number})${ending}`;
    if (tree.liveChild(folderId, nameKey(candidate)) === null) return candidate;
  }
  throw new JzseError('already-exists', 'there are too many files of this name already: choose another one');
}
