import { useQuery } from '@tanstack/react-query';
import { edge } from '../edge/edge-client.ts';
import { queryKeys } from '../edge/query-keys.ts';

const pollMs = 5_000;

/** How the region is: asked every five seconds, also while the page is hidden behind another window. */
export const useStatus = () =>
  useQuery({
    queryKey: queryKeys.status,
    queryFn: ({ signal }) => edge.status.query(undefined, { signal }),
    refetchInterval: pollMs,
    staleTime: 0,
    retry: false,
  });
