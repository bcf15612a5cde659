import { VisuallyHidden } from '@mantine/core';
import { lazy, Suspense, useEffect, useState } from 'react';
import type { Uploads } from './uploads.ts';
import { useUploads } from './uploads-context.tsx';
import { useUploadEffects } from './use-upload-effects.ts';

const UploadPanel = lazy(() => import('./upload-panel.tsx').then(({ UploadPanel: Panel }) => ({ default: Panel })));

/** The corner where uploads are shown; Uppy's list is loaded with the first of them. */
export function UploadsCorner() {
  const { uploads } = useUploads();
  return uploads === null ? null : <StartedCorner uploads={uploads} />;
}

function StartedCorner({ uploads }: { readonly uploads: Uploads }) {
  const { engine } = uploads;
  const [isNeeded, setNeeded] = useState(() => engine.getFiles().length > 0);
  useEffect(() => {
    const need = () => setNeeded(true);
    engine.on('files-added', need);
    return () => void engine.off('files-added', need);
  }, [engine]);
  const announcement = useUploadEffects(engine);
  return (
    <>
      <VisuallyHidden role="status">{announcement}</VisuallyHidden>
      <Suspense>{isNeeded && <UploadPanel uploads={uploads} />}</Suspense>
    </>
  );
}
