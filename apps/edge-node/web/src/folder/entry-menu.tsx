import type { EntryInfo } from '@jzse/api/edge';
import { Kbd, Menu } from '@mantine/core';
import { IconArrowRight, IconDownload, IconFolderOpen, IconHistory, IconInfoCircle, IconPencil, IconTrash } from '@tabler/icons-react';
import { fileHref } from '../edge/paths.ts';
import { usePageText } from '../text/page-text.ts';
import { downloadAll } from './download.ts';
import classes from './entry-menu.module.css';
import type { EntryCommands, MenuPlace } from './folder-view.tsx';

export interface EntryMenuProps {
  /** Stays while the menu fades; null until it is opened for the first time. */
  readonly at: MenuPlace | null;
  readonly isOpen: boolean;
  readonly selected: readonly EntryInfo[];
  readonly space: string;
  readonly commands: EntryCommands;
  readonly onClose: () => void;
}

/** The menu of a row, at the pointer or at its button; with several rows chosen it is about all of them. */
export function EntryMenu({ at, isOpen, selected, space, commands, onClose }: EntryMenuProps) {
  return (
    <Menu opened={isOpen} onClose={onClose} position="bottom-start" offset={2} width={220} returnFocus>
      <Menu.Target>
        <div className={classes['anchor']} style={{ left: at?.x ?? 0, top: at?.y ?? 0 }} />
      </Menu.Target>
      <Menu.Dropdown>{at !== null && <MenuItems entry={at.entry} selected={selected} space={space} commands={commands} />}</Menu.Dropdown>
    </Menu>
  );
}

function MenuItems({
  entry,
  selected,
  space,
  commands,
}: Omit<EntryMenuProps, 'at' | 'isOpen' | 'onClose'> & { readonly entry: EntryInfo }) {
  const { say } = usePageText();
  const isMany = selected.length > 1;
  const chosen = isMany ? selected : [entry];
  const files = chosen.filter(({ kind }) => kind === 'file');
  return (
    <>
      {!isMany && entry.kind === 'folder' && (
        <Menu.Item leftSection={<IconFolderOpen size={16} />} onClick={() => commands.open(entry)}>
          {say('action.open')}
        </Menu.Item>
      )}
      {files.length > 0 && (
        <Menu.Item
          leftSection={<IconDownload size={16} />}
          onClick={() => downloadAll(files.map((file) => fileHref(space, file.path, { download: true })))}
        >
          {say('action.download')}
        </Menu.Item>
      )}
      {!isMany && entry.kind === 'file' && (
        <>
          <Menu.Item leftSection={<IconInfoCircle size={16} />} onClick={() => commands.show(entry, 'details')}>
            {say('action.details')}
          </Menu.Item>
          <Menu.Item leftSection={<IconHistory size={16} />} onClick={() => commands.show(entry, 'history')}>
            {say('action.history')}
          </Menu.Item>
        </>
      )}
      <Menu.Divider />
      {!isMany && (
        <Menu.Item
          leftSection={<IconPencil size={16} />}
          rightSection={
            <Kbd size="xs" visibleFrom="sm">
              F2
            </Kbd>
          }
          onClick={() => commands.ask({ type: 'rename', entry })}
        >
          {say('action.rename')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<IconArrowRight size={16} />} onClick={() => commands.ask({ type: 'move', entries: chosen })}>
        {say('action.move')}
      </Menu.Item>
      <Menu.Item
        color="red"
        leftSection={<IconTrash size={16} />}
        rightSection={
          <Kbd size="xs" visibleFrom="sm">
            Del
          </Kbd>
        }
        onClick={() => commands.ask({ type: 'delete', entries: chosen })}
      >
        {say('action.delete')}
      </Menu.Item>
    </>
  );
}
