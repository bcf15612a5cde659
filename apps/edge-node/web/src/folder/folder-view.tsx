import type { EntryInfo } from '@jzse/api/edge';
import type { Selection, Sort } from '@jzse/ui';
import { keepSelection, noSelection, selectOnly, sortByName } from '@jzse/ui';
import { useDisclosure, useMediaQuery } from '@mantine/hooks';
import { useEffect, useMemo, useState } from 'react';
import { fileHref, folderHref, nameOf, parentOf } from '../edge/paths.ts';
import { useOpenHref } from '../edge/use-place.ts';
import { FileDrawer } from '../file/file-drawer.tsx';
import { useKeys } from '../keys/use-keys.ts';
import { usePageText } from '../text/page-text.ts';
import { DropOverlay } from '../uploads/drop-overlay.tsx';
import { useFilePicker } from '../uploads/use-file-picker.tsx';
import { EntryMenu } from './entry-menu.tsx';
import { FolderContent } from './folder-content.tsx';
import type { FolderDialog } from './folder-dialogs.tsx';
import { FolderDialogs } from './folder-dialogs.tsx';
import { FolderHead } from './folder-head.tsx';
import classes from './folder-view.module.css';
import { useListing } from './use-listing.ts';

export interface FolderViewProps {
  readonly space: string;
  readonly path: string;
}
/** The file whose drawer is open. */
export interface OpenFile {
  readonly path: string;
  readonly tab: 'details' | 'history';
}
export type MenuPlace = { readonly entry: EntryInfo; readonly x: number; readonly y: number };

export const narrowScreen = '(max-width: 48em)';

/** What one can do with entries; the menu, the head and the keys all do it through these. */
export interface EntryCommands {
  readonly open: (entry: EntryInfo) => void;
  readonly show: (entry: EntryInfo, tab: OpenFile['tab']) => void;
  readonly ask: (dialog: FolderDialog) => void;
  readonly upload: (kind: 'files' | 'folder') => void;
}

export function FolderView({ space, path }: FolderViewProps) {
  const { language } = usePageText();
  const openHref = useOpenHref();
  const narrow = useMediaQuery(narrowScreen, false, { getInitialValueInEffect: false });
  const [sort, setSort] = useState<Sort>(sortByName);
  const [selection, setSelection] = useState<Selection>(noSelection);
  const [dialog, setDialog] = useState<FolderDialog | null>(null);
  const [openFile, setOpenFile] = useState<OpenFile | null>(null);
  const [menu, setMenu] = useState<MenuPlace | null>(null);
  const [isMenuOpen, menuSwitch] = useDisclosure(false);
  const listing = useListing({ space, path }, { sort, language });
  const picker = useFilePicker({ space, folder: path });

  const { entries } = listing;
  useEffect(
    () =>
      setSelection((before) =>
        keepSelection(
          before,
          entries.map((entry) => entry.id),
        ),
      ),
    [entries],
  );
  useEffect(() => {
    document.title = `${nameOf(path) || space} · JzSE`;
  }, [space, path]);

  const selected = useMemo(() => entries.filter((entry) => selection.selected.has(entry.id)), [entries, selection.selected]);
  const hrefOf = (entry: EntryInfo) => (entry.kind === 'folder' ? folderHref(space, entry.path) : fileHref(space, entry.path));
  const commands: EntryCommands = {
    open: (entry) => (entry.kind === 'folder' ? openHref(hrefOf(entry)) : commands.show(entry, 'details')),
    show: (entry, tab) => {
      setSelection(selectOnly(entry.id));
      setOpenFile({ path: entry.path, tab });
    },
    ask: setDialog,
    upload: picker.open,
  };
  const only = selected.length === 1 ? selected[0] : undefined;
  useKeys({
    f2: () => only !== undefined && setDialog({ type: 'rename', entry: only }),
    delete: () => selected.length > 0 && setDialog({ type: 'delete', entries: selected }),
    backspace: () => openHref(path === '/' ? '/' : folderHref(space, parentOf(path))),
    'mod+u': () => picker.open('files'),
  });

  return (
    <div className={classes['view']}>
      <FolderHead
        space={space}
        path={path}
        listing={listing}
        selected={selected}
        narrow={narrow}
        commands={commands}
        onClear={() => setSelection(noSelection)}
      />
      <FolderContent
        label={nameOf(path) || space}
        listing={listing}
        table={{
          selection,
          onSelect: setSelection,
          sort,
          onSort: listing.isSorted ? setSort : null,
          onOpen: commands.open,
          onMenu: (entry, at) => {
            setMenu({ entry, ...at });
            menuSwitch.open();
          },
          hrefOf,
          narrow,
        }}
        onUpload={() => picker.open('files')}
        onLeave={() => openHref('/')}
      />
      {picker.inputs}
      <DropOverlay place={{ space, folder: path }} label={nameOf(path) || space} />
      <EntryMenu at={menu} isOpen={isMenuOpen} selected={selected} space={space} commands={commands} onClose={menuSwitch.close} />
      <FolderDialogs dialog={dialog} space={space} path={path} onClose={() => setDialog(null)} />
      <FileDrawer space={space} file={openFile} narrow={narrow} onClose={() => setOpenFile(null)} />
    </div>
  );
}
