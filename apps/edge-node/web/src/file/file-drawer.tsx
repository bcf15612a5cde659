import { FileIcon } from '@jzse/ui';
import { Drawer, Tabs } from '@mantine/core';
import { useEffect, useState } from 'react';
import { nameOf } from '../edge/paths.ts';
import type { OpenFile } from '../folder/folder-view.tsx';
import { usePageText } from '../text/page-text.ts';
import { FileDetails } from './file-details.tsx';
import classes from './file-drawer.module.css';
import { FileHistory } from './file-history.tsx';

export interface FileDrawerProps {
  readonly space: string;
  /** Null while it is closed. */
  readonly file: OpenFile | null;
  readonly narrow: boolean;
  readonly onClose: () => void;
}

/** All about one file: where it is held, what it is, and every version of it. */
export function FileDrawer({ space, file, narrow, onClose }: FileDrawerProps) {
  const { say } = usePageText();
  const [tab, setTab] = useState<string | null>('details');
  useEffect(() => {
    if (file !== null) setTab(file.tab);
  }, [file]);
  const name = nameOf(file?.path ?? '');
  return (
    <Drawer
      opened={file !== null}
      onClose={onClose}
      position={narrow ? 'bottom' : 'right'}
      size={narrow ? '85%' : 'md'}
      closeButtonProps={{ 'aria-label': say('action.close') }}
      title={
        <span className={classes['title']}>
          <FileIcon kind="file" name={name} size={24} />
          <span className={classes['name']}>{name}</span>
        </span>
      }
    >
      {file !== null && (
        <Tabs value={tab} onChange={setTab} keepMounted={false}>
          <Tabs.List grow mb="md">
            <Tabs.Tab value="details">{say('action.details')}</Tabs.Tab>
            <Tabs.Tab value="history">{say('action.history')}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="details">
            <FileDetails space={space} path={file.path} />
          </Tabs.Panel>
          <Tabs.Panel value="history">
            <FileHistory space={space} path={file.path} />
          </Tabs.Panel>
        </Tabs>
      )}
    </Drawer>
  );
}
