import { EmptyState, ErrorState, LoadingRows } from '@jzse/ui';
import { Text, Title } from '@mantine/core';
import { IconChevronRight, IconStack2 } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { edge } from '../edge/edge-client.ts';
import { toPageError } from '../edge/page-error.ts';
import { folderHref } from '../edge/paths.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { useOpenHref } from '../edge/use-place.ts';
import { useStatus } from '../status/use-status.ts';
import { usePageText } from '../text/page-text.ts';
import { useErrorText } from '../text/use-error-text.ts';
import classes from './spaces-page.module.css';

const refreshMs = 15_000;

/** The spaces of this region. */
export function SpacesPage() {
  const { say } = usePageText();
  const describe = useErrorText();
  const spaces = useQuery({
    queryKey: queryKeys.spaces,
    queryFn: ({ signal }) => edge.listSpaces.query(undefined, { signal }),
    refetchInterval: refreshMs,
  });
  useEffect(() => {
    document.title = `${say('spaces.title')} · JzSE`;
  }, [say]);
  if (spaces.isPending) return <LoadingRows />;
  if (spaces.data === undefined) {
    return <ErrorState title={say('error.title')} {...describe(toPageError(spaces.error))} onRetry={() => void spaces.refetch()} />;
  }
  if (spaces.data.length === 0) {
    return <EmptyState icon={<IconStack2 size={34} stroke={1.6} />} title={say('spaces.none')} hint={say('spaces.noneHint')} />;
  }
  return (
    <div className={classes['page']}>
      <Title order={1} size="h3">
        {say('spaces.title')}
      </Title>
      <Text c="dimmed" size="sm" mb="lg">
        {say('spaces.hint')}
      </Text>
      <ul className={classes['list']}>
        {spaces.data.map((space) => (
          <li key={space}>
            <SpaceCard space={space} />
          </li>
        ))}
      </ul>
    </div>
  );
}

function SpaceCard({ space }: { readonly space: string }) {
  const { say } = usePageText();
  const open = useOpenHref();
  const { data: status } = useStatus();
  const outbox = status?.spaces.find((row) => row.space === space)?.outbox ?? 0;
  const href = folderHref(space, '/');
  return (
    <a
      className={classes['card']}
      href={href}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey) return;
        event.preventDefault();
        open(href);
      }}
    >
      <span className={classes['sign']} aria-hidden>
        <IconStack2 size={24} stroke={1.6} />
      </span>
      <span className={classes['texts']}>
        <span className={classes['name']}>{space}</span>
        <span className={classes['facts']}>{outbox === 0 ? say('spaces.current') : say('spaces.pending', { count: outbox })}</span>
      </span>
      <IconChevronRight size={18} aria-hidden />
    </a>
  );
}
