import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useConnection } from '../edge/connection.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { usePageText } from '../text/page-text.ts';
import type { UploadEngine } from './upload-engine.ts';
import { isFailed } from './upload-file.ts';
import { uploadError } from './use-upload-summary.ts';

/** What follows from uploads: listings are read again, failures are tried again when the edge is back. Returns what a screen reader says. */
export function useUploadEffects(engine: UploadEngine): string {
  const client = useQueryClient();
  const connection = useConnection();
  const { say } = usePageText();
  const [announcement, setAnnouncement] = useState('');

  useEffect(() => {
    const onComplete = ({ successful = [], failed = [] }: { successful?: unknown[] | undefined; failed?: unknown[] | undefined }) => {
      void client.invalidateQueries({ queryKey: ['space'] });
      const said = [
        successful.length > 0 ? say('uploads.done', { count: successful.length }) : '',
        failed.length > 0 ? say('uploads.failed', { count: failed.length }) : '',
      ];
      setAnnouncement(said.filter(Boolean).join('. '));
    };
    engine.on('complete', onComplete);
    return () => void engine.off('complete', onComplete);
  }, [engine, client, say]);

  useEffect(() => {
    const onError = () => {
      if (engine.getFiles().some((file) => isFailed(file) && uploadError(file).code === 'unauthenticated')) {
        void client.invalidateQueries({ queryKey: queryKeys.status });
      }
    };
    engine.on('upload-error', onError);
    return () => void engine.off('upload-error', onError);
  }, [engine, client]);

  useEffect(() => {
    let before = connection.now();
    return connection.onChange(() => {
      const now = connection.now();
      const isBack = now === 'live' && before !== 'live';
      before = now;
      if (isBack && engine.getFiles().some((file) => isFailed(file) && uploadError(file).retryable)) void engine.retryAll();
    });
  }, [engine, connection]);
  return announcement;
}
