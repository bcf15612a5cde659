import { formatBytes } from '@jzse/ui';
import { usePageText } from '../text/page-text.ts';
import classes from './upload-panel.module.css';
import type { UploadSummary } from './use-upload-summary.ts';

/** How far all uploads are, in two short lines. */
export function UploadLine({ summary }: { readonly summary: UploadSummary }) {
  const { say, language } = usePageText();
  const { count, done, failed, isRunning, bytesDone, bytesTotal } = summary;
  const title = isRunning
    ? say('uploads.running', { count: count - done - failed.length })
    : failed.length > 0
      ? say('uploads.failed', { count: failed.length })
      : say('uploads.done', { count: done });
  return (
    <div className={classes['line']}>
      <span className={classes['title']}>{title}</span>
      <span className={classes['facts']}>
        {say('uploads.progress', { done: formatBytes(bytesDone, language), total: formatBytes(bytesTotal, language) })}
      </span>
    </div>
  );
}
