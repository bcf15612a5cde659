import { Skeleton, Text } from '@mantine/core';
import { IconCircleCheck, IconCloudDown } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { edge } from '../edge/edge-client.ts';
import { queryKeys } from '../edge/query-keys.ts';
import { useStatus } from '../status/use-status.ts';
import { usePageText } from '../text/page-text.ts';
import type { FileProps } from './file-details.tsx';
import classes from './file-drawer.module.css';

/** While some region lacks it, this is asked again after. */
const refreshMs = 3_000;

/** Which regions hold the version that is shown. */
export function FilePlacements({ space, path }: FileProps) {
  const { say } = usePageText();
  const { data: status } = useStatus();
  const { data: placements, isError } = useQuery({
    queryKey: queryKeys.placements(space, path),
    queryFn: ({ signal }) => edge.placements.query({ space, path }, { signal }),
    refetchInterval: ({ state }) => (state.data?.every((placement) => placement.holds) === true ? false : refreshMs),
  });
  if (isError || placements?.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {say('file.noPlacements')}
      </Text>
    );
  }
  if (placements === undefined) return <Skeleton height={38} radius="md" />;
  return (
    <ul className={classes['regions']}>
      {placements.map(({ region, holds }) => {
        const Sign = holds ? IconCircleCheck : IconCloudDown;
        return (
          <li key={region} className={classes['region']} data-holds={holds}>
            <span>
              <span className={classes['regionName']}>{region}</span>
              {region === status?.region && <span className={classes['here']}> · {say('file.here')}</span>}
            </span>
            <Text component="span" size="xs" c={holds ? 'var(--jz-good)' : 'dimmed'} className={classes['title'] ?? ''}>
              <Sign size={16} aria-hidden />
              {say(holds ? 'file.holds' : 'file.lacks')}
            </Text>
          </li>
        );
      })}
    </ul>
  );
}
