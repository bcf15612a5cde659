import { NoticeBar } from '@jzse/ui';
import { Button, FileButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconPlayerPause } from '@tabler/icons-react';
import { useSyncExternalStore } from 'react';
import { usePageText } from '../text/page-text.ts';
import type { KeptUpload } from './kept-uploads.ts';
import type { InterruptedUploads } from './uploads.ts';

/** More names than this would push the buttons off the line. */
const namesMax = 3;

/** Uploads that a reload cut off and whose files the browser could not keep: asks for the files, then goes on at the byte. */
export function InterruptedNotice({ interrupted }: { readonly interrupted: InterruptedUploads }) {
  const { say, language } = usePageText();
  const waiting = useSyncExternalStore(interrupted.onChange, interrupted.now);
  if (waiting.length === 0) return null;
  const names = new Intl.ListFormat(language, { style: 'narrow', type: 'unit' }).format(namesOf(waiting));
  const choose = (files: File[]) => {
    const found = interrupted.continueWith(files.map((file) => ({ file, relativePath: file.name })));
    if (found === 0 && files.length > 0) notifications.show({ color: 'orange', message: say('uploads.noMatch', { names }) });
  };
  return (
    <NoticeBar
      tone="info"
      icon={<IconPlayerPause size={18} />}
      action={
        <>
          <FileButton multiple onChange={choose}>
            {(props) => (
              <Button {...props} size="compact-sm" variant="filled">
                {say('uploads.choose')}
              </Button>
            )}
          </FileButton>
          <Button size="compact-sm" variant="subtle" onClick={interrupted.dismiss}>
            {say('uploads.dismiss')}
          </Button>
        </>
      }
    >
      {say('uploads.interrupted', { count: waiting.length, names })}
    </NoticeBar>
  );
}

function namesOf(waiting: readonly KeptUpload[]): string[] {
  const names = waiting.slice(0, namesMax).map((upload) => upload.name);
  return waiting.length > namesMax ? [...names, '…'] : names;
}
