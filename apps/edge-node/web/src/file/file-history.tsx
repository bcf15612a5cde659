import type { VersionInfo } from '@jzse/api/edge';
import { EmptyState, ErrorState, formatBytes, formatExactTime, HeldBadge, LoadingRows } from '@jzse/ui';
import { ActionIcon, Badge, Button } from '@mantine/core';
import { IconDownload, IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { edge } from '../edge/edge-client.ts';
import { toPageError } from '../edge/page-error.ts';
import { fileHref } from '../edge/paths.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import type { FileProps } from './file-details.tsx';
import classes from './file-drawer.module.css';

const pageVersions = 50;

/** Every version of the file, newest first, each to be downloaded. */
export function FileHistory({ space, path }: FileProps) {
  const { say } = usePageText();
  const describe = useErrorText();
  const { data, error, refetch, hasNextPage, isFetchingNextPage, fetchNextPage } = useInfiniteQuery({
    queryKey: queryKeys.history(space, path),
    queryFn: ({ pageParam, signal }) => edge.history.query({ space, path, after: pageParam, limit: pageVersions }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  if (error !== null && data === undefined) {
    return <ErrorState title={say('error.title')} {...describe(toPageError(error))} onRetry={() => void refetch()} />;
  }
  if (data === undefined) return <LoadingRows />;
  const versions = data.pages.flatMap((page) => page.versions);
  if (versions.length === 0) return <EmptyState icon={<IconHistory size={32} />} title={say('history.none')} hint="" />;
  return (
    <>
      <ol className={classes['versions']}>
        {versions.map((version) => (
          <Version key={version.version} version={version} href={fileHref(space, path, { version: version.version, download: true })} />
        ))}
      </ol>
      {hasNextPage && (
        <Button variant="subtle" fullWidth mt="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {say('history.more')}
        </Button>
      )}
    </>
  );
}

function Version({ version, href }: { readonly version: VersionInfo; readonly href: string }) {
  const { say, language } = usePageText();
  const time = formatExactTime(version.modifiedMs, language);
  const { user, region } = version.author;
  return (
    <li className={classes['version']}>
      <div className={classes['versionTexts']}>
        <div className={classes['versionTime']}>
          {time}
          {version.current && (
            <Badge size="sm" variant="light">
              {say('history.current')}
            </Badge>
          )}
        </div>
        <div className={classes['versionFacts']}>
          {say('file.authorIn', { user, region })} · {formatBytes(version.size, language)}
        </div>
        <HeldBadge held={version.held} />
      </div>
      <ActionIcon component="a" href={href} download variant="light" size="lg" aria-label={say('history.downloadVersion', { time })}>
        <IconDownload size={18} />
      </ActionIcon>
    </li>
  );
}
