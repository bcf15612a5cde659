import type { FileTable } from '@jzse/ui';
import { EmptyState, ErrorState, LoadingRows, FileTable as Table } from '@jzse/ui';
import { Button } from '@mantine/core';
import { IconFolderOpen, IconUpload } from '@tabler/icons-react';
import type { ComponentProps } from 'react';
import { useEffect, useState } from 'react';
import { toPageError } from '../edge/page-error.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import type { useListing } from './use-listing.ts';

type TableProps = ComponentProps<typeof FileTable>;

export interface FolderContentProps {
  readonly label: string;
  readonly listing: ReturnType<typeof useListing>;
  readonly table: Omit<TableProps, 'label' | 'entries' | 'onEnd' | 'nowMs'>;
  readonly onUpload: () => void;
  readonly onLeave: () => void;
}

/** Times such as "3 minutes ago" are said anew after this. */
const clockMs = 30_000;

/** The files, or what stands in their place: they are loading, there are none, they could not be read. */
export function FolderContent({ label, listing, table, onUpload, onLeave }: FolderContentProps) {
  const { say } = usePageText();
  const nowMs = useNow();
  const { query, entries, readMore } = listing;
  if (query.isPending) return <LoadingRows />;
  if (query.data === undefined) return <FolderError error={query.error} onRetry={() => void query.refetch()} onLeave={onLeave} />;
  if (entries.length === 0) {
    return (
      <EmptyState
        icon={<IconFolderOpen size={36} stroke={1.5} />}
        title={say('folder.empty')}
        hint={say('folder.emptyHint')}
        action={
          <Button leftSection={<IconUpload size={16} />} onClick={onUpload}>
            {say('action.uploadFiles')}
          </Button>
        }
      />
    );
  }
  return <Table {...table} label={label} entries={entries} onEnd={readMore} nowMs={nowMs} />;
}

function FolderError({ error, onRetry, onLeave }: { readonly error: unknown; readonly onRetry: () => void; readonly onLeave: () => void }) {
  const { say } = usePageText();
  const describe = useErrorText();
  const failed = toPageError(error);
  const isGone = failed.code === 'unknown-path' || failed.code === 'unknown-space' || failed.code === 'not-a-folder';
  return (
    <ErrorState
      title={say(isGone ? 'error.notFound' : 'error.title')}
      {...describe(failed)}
      onRetry={onRetry}
      action={
        isGone ? (
          <Button variant="subtle" onClick={onLeave}>
            {say('error.toSpaces')}
          </Button>
        ) : undefined
      }
    />
  );
}

function useNow(): number {
  const [nowMs, setNowMs] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), clockMs);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
