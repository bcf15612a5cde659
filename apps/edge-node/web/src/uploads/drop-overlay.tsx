import { IconCloudUpload } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { usePageText } from '../text/page-text.ts';
import classes from './drop-overlay.module.css';
import { droppedFiles } from './dropped-files.ts';
import type { Place } from './upload-file.ts';
import { useUploads } from './uploads-context.tsx';

/** Takes files dropped anywhere on the page, and shows where they will go while they hover over it. */
export function DropOverlay({ place, label }: { readonly place: Place; readonly label: string }) {
  const { say } = usePageText();
  const { add } = useUploads();
  const [isOver, setOver] = useState(false);
  const latest = useRef({ place, add });
  useEffect(() => {
    latest.current = { place, add };
  });
  useEffect(() => {
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;
    const onOver = (event: DragEvent) => {
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!hasFiles(event) || event.dataTransfer === null) return;
      event.preventDefault();
      const { add: addNow, place: target } = latest.current;
      void droppedFiles(event.dataTransfer).then((files) => addNow(files, target));
    };
    window.addEventListener('dragover', onOver);
    window.addEventListener('dragleave', onLeave);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onOver);
      window.removeEventListener('dragleave', onLeave);
      window.removeEventListener('drop', onDrop);
    };
  }, []);
  if (!isOver) return null;
  return (
    <div className={classes['overlay']} aria-hidden>
      <div className={classes['card']}>
        <IconCloudUpload size={44} stroke={1.4} />
        <span className={classes['title']}>{say('drop.title')}</span>
        <span>{say('drop.into', { folder: label })}</span>
      </div>
    </div>
  );
}
