import '@uppy/core/css/style.min.css';
import '@uppy/dashboard/css/style.min.css';
import { ActionIcon, Progress, useComputedColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconAlertTriangle, IconChevronDown, IconChevronUp, IconCircleCheck, IconCloudUpload, IconX } from '@tabler/icons-react';
import Dashboard from '@uppy/react/dashboard';
import { useEffect } from 'react';
import { usePageText } from '../text/page-text.ts';
import { uppyStrings } from '../text/uppy-strings.ts';
import { FailedUploads } from './failed-uploads.tsx';
import { UploadLine } from './upload-line.tsx';
import classes from './upload-panel.module.css';
import type { Uploads } from './uploads.ts';
import { useUploadSummary } from './use-upload-summary.ts';

const listPixels = 300;

/** All uploads: one line that says how far they are, and Uppy's list below it. Not there while there are none. */
export function UploadPanel({ uploads }: { readonly uploads: Uploads }) {
  const { engine } = uploads;
  const { say, language } = usePageText();
  const summary = useUploadSummary(engine);
  const [isListShown, list] = useDisclosure(true);
  const scheme = useComputedColorScheme('light');
  const strings = language === 'zh' ? 'zh' : 'en';
  useEffect(() => engine.setOptions({ locale: { strings: uppyStrings.core[strings] } }), [engine, strings]);

  if (summary.count === 0) return null;
  const hasFailed = summary.failed.length > 0;
  const Sign = hasFailed && !summary.isRunning ? IconAlertTriangle : summary.isRunning ? IconCloudUpload : IconCircleCheck;
  const tone = hasFailed && !summary.isRunning ? 'bad' : 'good';
  // One by one, so that each is forgotten: `clear` tells nobody.
  const close = () => engine.removeFiles(engine.getFiles().map((file) => file.id));
  const Chevron = isListShown ? IconChevronDown : IconChevronUp;
  return (
    <section className={classes['panel']} aria-label={say('uploads.label')}>
      <div className={classes['head']}>
        <Sign className={classes['sign']} data-tone={tone} size={20} aria-hidden />
        <UploadLine summary={summary} />
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-expanded={isListShown}
          aria-label={say(isListShown ? 'uploads.collapse' : 'uploads.expand')}
          onClick={list.toggle}
        >
          <Chevron size={18} />
        </ActionIcon>
        {!summary.isRunning && (
          <ActionIcon variant="subtle" color="gray" aria-label={say('action.close')} onClick={close}>
            <IconX size={18} />
          </ActionIcon>
        )}
      </div>
      {summary.isRunning && (
        <Progress
          value={(100 * summary.bytesDone) / Math.max(summary.bytesTotal, 1)}
          size={3}
          radius={0}
          aria-label={say('uploads.label')}
        />
      )}
      {hasFailed && <FailedUploads engine={engine} failed={summary.failed} />}
      <div className={classes['list']} hidden={!isListShown}>
        <Dashboard
          uppy={engine}
          height={listPixels}
          width="100%"
          theme={scheme}
          proudlyDisplayPoweredByUppy={false}
          fileManagerSelectionType="both"
          singleFileFullScreen={false}
          disableInformer
          hideRetryButton
          hideProgressAfterFinish
          locale={{ strings: uppyStrings.dashboard[strings] }}
        />
      </div>
    </section>
  );
}
