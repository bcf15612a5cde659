import { NoticeBar } from '@jzse/ui';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useConnectionState } from '../edge/connection.ts';
import { usePageText } from '../text/page-text.ts';
import { InterruptedNotice } from '../uploads/interrupted-notice.tsx';
import { useUploads } from '../uploads/uploads-context.tsx';

/** What concerns the whole page: the edge does not answer, uploads wait for their files. */
export function PageNotice() {
  const { say } = usePageText();
  const connection = useConnectionState();
  const { uploads } = useUploads();
  return (
    <>
      {connection === 'offline' && (
        <NoticeBar tone="warn" icon={<IconPlugConnectedX size={18} />}>
          {say('offline.text')}
        </NoticeBar>
      )}
      {uploads !== null && <InterruptedNotice interrupted={uploads.interrupted} />}
    </>
  );
}
