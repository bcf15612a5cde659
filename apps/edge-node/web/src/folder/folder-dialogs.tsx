import type { EntryInfo } from '@jzse/api/edge';
import { usePageText } from '../text/page-text.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { MoveDialog } from './move-dialog.tsx';
import { NameDialog } from './name-dialog.tsx';
import { useFolderChanges } from './use-folder-changes.ts';

export type FolderDialog =
  | { readonly type: 'newFolder' }
  | { readonly type: 'rename'; readonly entry: EntryInfo }
  | { readonly type: 'move'; readonly entries: readonly EntryInfo[] }
  | { readonly type: 'delete'; readonly entries: readonly EntryInfo[] };

export interface FolderDialogsProps {
  readonly dialog: FolderDialog | null;
  readonly space: string;
  readonly path: string;
  readonly onClose: () => void;
}

/** The dialog that is open, if any. */
export function FolderDialogs({ dialog, space, path, onClose }: FolderDialogsProps) {
  const { say } = usePageText();
  const changes = useFolderChanges({ space, path });
  const texts = { cancel: say('action.cancel') };
  switch (dialog?.type) {
    case undefined:
      return null;
    case 'newFolder':
      return (
        <NameDialog
          title={say('action.newFolder')}
          label={say('newFolder.label')}
          button={say('newFolder.button')}
          cancel={texts.cancel}
          initial=""
          onSubmit={changes.makeFolder}
          onClose={onClose}
        />
      );
    case 'rename':
      return (
        <NameDialog
          title={say('rename.title', { name: dialog.entry.name })}
          label={say('rename.label')}
          button={say('action.rename')}
          cancel={texts.cancel}
          initial={dialog.entry.name}
          onSubmit={(name) => changes.rename(dialog.entry, name)}
          onClose={onClose}
        />
      );
    case 'move':
      return <MoveDialog entries={dialog.entries} space={space} from={path} onMove={changes.moveAll} onClose={onClose} />;
    case 'delete':
      return <DeleteDialog entries={dialog.entries} onDelete={changes.removeAll} onClose={onClose} />;
  }
}
