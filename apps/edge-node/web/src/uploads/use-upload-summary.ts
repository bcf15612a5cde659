import { useEffect, useState } from 'react';
import { type PageError, problemError } from '../edge/page-error.ts';
import type { UploadEngine } from './upload-engine.ts';
import type { UploadFile } from './upload-file.ts';
import { isDone, isFailed } from './upload-file.ts';

export interface UploadSummary {
  readonly count: number;
  readonly done: number;
  readonly failed: readonly UploadFile[];
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly isRunning: boolean;
}

/** The state of all uploads in one line; follows the engine at the pace of the screen. */
export function useUploadSummary(engine: UploadEngine): UploadSummary {
  const [summary, setSummary] = useState(() => summarize(engine.getFiles()));
  useEffect(() => {
    let frame: number | undefined;
    const update = () => {
      frame ??= requestAnimationFrame(() => {
        frame = undefined;
        setSummary(summarize(engine.getFiles()));
      });
    };
    engine.on('state-update', update);
    update();
    return () => {
      engine.off('state-update', update);
      if (frame !== undefined) cancelAnimationFrame(frame);
    };
  }, [engine]);
  return summary;
}

function summarize(files: readonly UploadFile[]): UploadSummary {
  const failed = files.filter(isFailed);
  const done = files.filter(isDone).length;
  return {
    count: files.length,
    done,
    failed,
    bytesDone: files.reduce((sum, file) => sum + (isDone(file) ? (file.size ?? 0) : Number(file.progress.bytesUploaded)), 0),
    bytesTotal: files.reduce((sum, file) => sum + (file.size ?? 0), 0),
    isRunning: files.length > done + failed.length,
  };
}

/** Why an upload failed. */
export function uploadError(file: UploadFile): PageError {
  const xhr = file.response?.body?.xhr;
  if (xhr === undefined) return { code: 'unreachable', retryable: true, said: file.error ?? '' };
  return problemError(file.response?.status ?? 0, xhr.responseText);
}
