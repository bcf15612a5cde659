import { useUiText } from '@jzse/ui';
import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useErrorText } from '../text/use-error-text.ts';
import type { UploadEngine } from './upload-engine.ts';
import type { UploadFile } from './upload-file.ts';
import classes from './upload-panel.module.css';
import { uploadError } from './use-upload-summary.ts';

export interface FailedUploadsProps {
  readonly engine: UploadEngine;
  readonly failed: readonly UploadFile[];
}

/** Why uploads failed, each reason once, and a button that tries them again: they go on at the byte. */
export function FailedUploads({ engine, failed }: FailedUploadsProps) {
  const { say } = useUiText();
  const describe = useErrorText();
  const reasons = Map.groupBy(failed, (file) => describe(uploadError(file)).text);
  return (
    <div className={classes['failed']} role="alert">
      <ul className={classes['reasons']}>
        {[...reasons].map(([reason, files]) => (
          <li key={reason}>
            <strong>{files.map((file) => file.name).join(', ')}</strong> {reason}
          </li>
        ))}
      </ul>
      <Button size="compact-sm" color="red" variant="light" leftSection={<IconRefresh size={14} />} onClick={() => void engine.retryAll()}>
        {say('state.retry')}
      </Button>
    </div>
  );
}
