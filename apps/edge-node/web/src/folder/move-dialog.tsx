import type { EntryInfo } from '@jzse/api/edge';
import { ErrorState, FileIcon, LoadingRows, PathBreadcrumbs, sortByName } from '@jzse/ui';
import { Button, Group, Modal, Text } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import { toPageError } from '../edge/page-error.ts';
import { namesOf } from '../edge/paths.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import classes from './move-dialog.module.css';
import { useListing } from './use-listing.ts';

export interface MoveDialogProps {
  readonly entries: readonly EntryInfo[];
  readonly space: string;
  /** The folder that they are in. */
  readonly from: string;
  readonly onMove: (entries: readonly EntryInfo[], folder: string) => Promise<void>;
  readonly onClose: () => void;
}

/** Lets one walk through the folders of the space and move the entries into one of them. */
export function MoveDialog({ entries, space, from, onMove, onClose }: MoveDialogProps) {
  const { say } = usePageText();
  const [folder, setFolder] = useState(from);
  const [isBusy, setBusy] = useState(false);
  const [first] = entries;
  const names = namesOf(folder);
  const crumbs = [{ label: space, href: '/' }, ...names.map((label, at) => ({ label, href: `/${names.slice(0, at + 1).join('/')}` }))];
  const move = async () => {
    setBusy(true);
    await onMove(entries, folder);
    onClose();
  };
  const title = entries.length === 1 ? say('move.titleOne', { name: first?.name ?? '' }) : say('move.titleMany', { count: entries.length });
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': say('action.cancel') }}>
      <Group gap={4} mb="xs" wrap="nowrap">
        <Text size="sm" c="dimmed">
          {say('move.into')}
        </Text>
        <PathBreadcrumbs crumbs={crumbs} onOpen={setFolder} shownMax={3} />
      </Group>
      <div className={classes['list']}>
        <Folders space={space} path={folder} without={entries} onOpen={setFolder} />
      </div>
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" onClick={onClose}>
          {say('action.cancel')}
        </Button>
        <Button loading={isBusy} disabled={folder === from} onClick={move}>
          {say('move.button')}
        </Button>
      </Group>
    </Modal>
  );
}

interface FoldersProps {
  readonly space: string;
  readonly path: string;
  /** A folder cannot go into itself. */
  readonly without: readonly EntryInfo[];
  readonly onOpen: (path: string) => void;
}

function Folders({ space, path, without, onOpen }: FoldersProps) {
  const { say, language } = usePageText();
  const describe = useErrorText();
  const { query, entries } = useListing({ space, path }, { sort: sortByName, language });
  if (query.isPending) return <LoadingRows />;
  if (query.data === undefined)
    return <ErrorState title={say('error.title')} {...describe(toPageError(query.error))} onRetry={() => void query.refetch()} />;
  const hidden = new Set(without.map((entry) => entry.id));
  const folders = entries.filter((entry) => entry.kind === 'folder' && !hidden.has(entry.id));
  if (folders.length === 0) return <p className={classes['none']}>{say('move.noFolders')}</p>;
  return folders.map((folder) => (
    <button key={folder.id} type="button" className={classes['folder']} onClick={() => onOpen(folder.path)}>
      <FileIcon kind="folder" name={folder.name} size={20} />
      <span className={classes['name']}>{folder.name}</span>
      <IconChevronRight size={16} aria-hidden />
    </button>
  ));
}
