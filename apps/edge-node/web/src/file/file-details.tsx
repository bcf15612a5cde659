import type { EntryInfo } from '@jzse/api/edge';
import { ConflictBadge, ErrorState, formatBytes, formatExactTime, HeldBadge, LoadingRows, UnconfirmedMark, useUiText } from '@jzse/ui';
import { ActionIcon, Button, CopyButton, Group } from '@mantine/core';
import { IconCheck, IconCopy, IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { edge } from '../edge/edge-client.ts';
import { toPageError } from '../edge/page-error.ts';
import { fileHref, parentOf } from '../edge/paths.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import classes from './file-drawer.module.css';
import { FilePlacements } from './file-placements.tsx';

export interface FileProps {
  readonly space: string;
  readonly path: string;
}

/** What the file is and where it is held. */
export function FileDetails({ space, path }: FileProps) {
  const { say } = usePageText();
  const describe = useErrorText();
  const {
    data: entry,
    error,
    refetch,
  } = useQuery({
    queryKey: queryKeys.stat(space, path),
    queryFn: ({ signal }) => edge.stat.query({ space, path }, { signal }),
  });
  if (error !== null && entry === undefined) {
    return <ErrorState title={say('error.title')} {...describe(toPageError(error))} onRetry={() => void refetch()} />;
  }
  if (entry === undefined) return <LoadingRows />;
  return (
    <>
      <Button
        component="a"
        href={fileHref(space, path, { download: true })}
        download
        leftSection={<IconDownload size={17} />}
        fullWidth
        mb="lg"
      >
        {say('action.download')}
      </Button>
      <Facts space={space} entry={entry} />
      <h3 className={classes['section']}>{say('file.heldIn')}</h3>
      <FilePlacements space={space} path={path} />
    </>
  );
}

function Facts({ space, entry }: { readonly space: string; readonly entry: EntryInfo }) {
  const { say, language } = usePageText();
  const ui = useUiText();
  const { author, hash } = entry;
  return (
    <dl className={classes['facts']}>
      <dt>{say('file.state')}</dt>
      <dd>
        <Group gap="sm">
          <HeldBadge held={entry.held} />
          {entry.siblings > 1 && <ConflictBadge siblings={entry.siblings} />}
          {!entry.confirmed && (
            <Group gap={4}>
              <UnconfirmedMark />
              <span>{ui.say('badge.unconfirmed')}</span>
            </Group>
          )}
        </Group>
      </dd>
      <dt>{say('file.path')}</dt>
      <dd>{`${space}:${parentOf(entry.path)}`}</dd>
      <dt>{say('file.size')}</dt>
      <dd>{`${formatBytes(entry.size, language)} (${new Intl.NumberFormat(language).format(entry.size)} B)`}</dd>
      <dt>{say('file.modified')}</dt>
      <dd>{formatExactTime(entry.modifiedMs, language)}</dd>
      {author !== null && (
        <>
          <dt>{say('file.author')}</dt>
          <dd>{say('file.authorIn', { user: author.user, region: author.region })}</dd>
        </>
      )}
      {entry.mediaType !== null && entry.mediaType !== '' && (
        <>
          <dt>{say('file.type')}</dt>
          <dd>{entry.mediaType}</dd>
        </>
      )}
      {entry.version !== null && (
        <>
          <dt>{say('file.version')}</dt>
          <dd>{entry.version}</dd>
        </>
      )}
      {hash !== null && (
        <>
          <dt>{say('file.hash')}</dt>
          <dd className={classes['hash']}>
            <span>{hash}</span>
            <CopyHash hash={hash} />
          </dd>
        </>
      )}
    </dl>
  );
}

function CopyHash({ hash }: { readonly hash: string }) {
  const { say } = usePageText();
  return (
    <CopyButton value={hash}>
      {({ copied, copy }) => (
        <ActionIcon variant="subtle" color="gray" size="sm" aria-label={say(copied ? 'file.copied' : 'file.copy')} onClick={copy}>
          {copied ? <IconCheck size={15} /> : <IconCopy size={15} />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}
