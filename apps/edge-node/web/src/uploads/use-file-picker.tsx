import type { ChangeEvent } from 'react';
import { useRef } from 'react';
import { usePageText } from '../text/page-text.ts';
import { chosenFiles } from './dropped-files.ts';
import type { Place } from './upload-file.ts';
import { useUploads } from './uploads-context.tsx';

/** The browser's dialogs for choosing files or a folder to upload into `place`. `inputs` must be in the page. */
export function useFilePicker(place: Place) {
  const { say } = usePageText();
  const { add } = useUploads();
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const setFolder = (input: HTMLInputElement | null) => {
    folder.current = input;
    if (input !== null) input.webkitdirectory = true;
  };
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    const { files: chosen } = event.currentTarget;
    if (chosen !== null) add(chosenFiles(chosen), place);
    event.currentTarget.value = '';
  };
  return {
    open: (kind: 'files' | 'folder') => (kind === 'files' ? files : folder).current?.click(),
    inputs: (
      <>
        <input ref={files} type="file" multiple hidden aria-label={say('action.uploadFiles')} onChange={onChange} />
        <input ref={setFolder} type="file" hidden aria-label={say('action.uploadFolder')} onChange={onChange} />
      </>
    ),
  };
}
