import type { EntryInfo } from '@jzse/api/edge';
import { formatCount, PathBreadcrumbs } from '@jzse/ui';
import { ActionIcon, Button, Group, Menu } from '@mantine/core';
import {
  IconArrowRight,
  IconChevronDown,
  IconDownload,
  IconFolderPlus,
  IconFolderUp,
  IconPencil,
  IconTrash,
  IconUpload,
  IconX,
} from '@tabler/icons-react';
import { fileHref, folderHref, namesOf } from '../edge/paths.ts';
import { useOpenHref } from '../edge/use-place.ts';
import { usePageText } from '../text/page-text.ts';
import { downloadAll } from './download.ts';
import classes from './folder-view.module.css';
import type { EntryCommands } from './folder-view.tsx';
import type { useListing } from './use-listing.ts';

export interface FolderHeadProps {
  readonly space: string;
  readonly path: string;
  readonly listing: ReturnType<typeof useListing>;
  readonly selected: readonly EntryInfo[];
  readonly narrow: boolean;
  readonly commands: EntryCommands;
  readonly onClear: () => void;
}

/** Where one is, and what one can do here; with rows chosen, what one can do with them. */
export function FolderHead(props: FolderHeadProps) {
  return (
    <div className={classes['head']}>{props.selected.length > 1 ? <SelectionCommands {...props} /> : <PlaceCommands {...props} />}</div>
  );
}

function PlaceCommands({ space, path, listing, narrow, commands }: FolderHeadProps) {
  const { say, language } = usePageText();
  const openHref = useOpenHref();
  const names = namesOf(path);
  const crumbs = [
    { label: space, href: folderHref(space, '/') },
    ...names.map((label, at) => ({ label, href: folderHref(space, names.slice(0, at + 1).join('/')) })),
  ];
  const { entries, isComplete, isSorted } = listing;
  const shown = formatCount(entries.length, language);
  return (
    <>
      <div className={classes['where']}>
        <PathBreadcrumbs crumbs={crumbs} onOpen={openHref} shownMax={narrow ? 2 : 5} />
        {entries.length > 0 && !narrow && (
          <span className={classes['count']} title={isSorted ? undefined : say('folder.large')}>
            {isComplete ? say('folder.summary', { count: entries.length, shown }) : say('folder.summaryMore', { shown })}
          </span>
        )}
      </div>
      <div className={classes['commands']} hidden={listing.query.isError && entries.length === 0}>
        {narrow ? (
          <ActionIcon variant="default" size="lg" aria-label={say('action.newFolder')} onClick={() => commands.ask({ type: 'newFolder' })}>
            <IconFolderPlus size={18} />
          </ActionIcon>
        ) : (
          <Button variant="default" leftSection={<IconFolderPlus size={17} />} onClick={() => commands.ask({ type: 'newFolder' })}>
            {say('action.newFolder')}
          </Button>
        )}
        <Menu position="bottom-end">
          <Menu.Target>
            <Button leftSection={<IconUpload size={17} />} rightSection={narrow ? null : <IconChevronDown size={15} />} px="sm">
              {say('action.upload')}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<IconUpload size={16} />} onClick={() => commands.upload('files')}>
              {say('action.uploadFiles')}
            </Menu.Item>
            <Menu.Item leftSection={<IconFolderUp size={16} />} onClick={() => commands.upload('folder')}>
              {say('action.uploadFolder')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
    </>
  );
}

function SelectionCommands({ space, selected, narrow, commands, onClear }: FolderHeadProps) {
  const { say } = usePageText();
  const files = selected.filter((entry) => entry.kind === 'file');
  const only = selected.length === 1 ? selected[0] : undefined;
  const rows = [
    files.length > 0 && {
      label: say('action.download'),
      Icon: IconDownload,
      run: () => downloadAll(files.map((file) => fileHref(space, file.path, { download: true }))),
    },
    only !== undefined && { label: say('action.rename'), Icon: IconPencil, run: () => commands.ask({ type: 'rename', entry: only }) },
    { label: say('action.move'), Icon: IconArrowRight, run: () => commands.ask({ type: 'move', entries: selected }) },
    { label: say('action.delete'), Icon: IconTrash, run: () => commands.ask({ type: 'delete', entries: selected }) },
  ].filter((row) => row !== false);
  return (
    <>
      <div className={classes['chosen']} role="status">
        <ActionIcon variant="subtle" color="gray" aria-label={say('folder.clear')} title={say('folder.clear')} onClick={onClear}>
          <IconX size={18} />
        </ActionIcon>
        {say('folder.selected', { count: selected.length })}
      </div>
      <Group className={classes['commands'] ?? ''} gap={4} wrap="nowrap">
        {rows.map(({ label, Icon, run }) =>
          narrow ? (
            <ActionIcon key={label} variant="default" size="lg" aria-label={label} onClick={run}>
              <Icon size={18} />
            </ActionIcon>
          ) : (
            <Button key={label} variant="default" leftSection={<Icon size={16} />} onClick={run}>
              {label}
            </Button>
          ),
        )}
      </Group>
    </>
  );
}
