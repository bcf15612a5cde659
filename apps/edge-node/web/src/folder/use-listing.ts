import type { ListingPage } from '@jzse/api/edge';
import type { Sort } from '@jzse/ui';
import { sortEntries } from '@jzse/ui';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { edge } from '../edge/edge-client.ts';
import { queryKeys } from '../edge/query-keys.ts';

/** One page of a folder as the edge sends it. */
export type Listing = ListingPage;

const pageItems = 500;
/** Folders of up to this many entries are read whole and sorted here; larger ones stay in the server's order and are read on scrolling. */
const sortedEntriesMax = 10_000;

/** The entries of a folder that are known so far, in the order wanted. */
export function useListing(
  at: { readonly space: string; readonly path: string },
  order: { readonly sort: Sort; readonly language: string },
) {
  const { space, path } = at;
  const query = useInfiniteQuery({
    queryKey: queryKeys.listing(space, path),
    queryFn: ({ pageParam, signal }) => edge.list.query({ space, path, after: pageParam, limit: pageItems }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
  });
  const { data, hasNextPage, isFetchingNextPage, isError, fetchNextPage } = query;
  const known = useMemo(() => data?.pages.flatMap((page) => page.entries) ?? [], [data]);
  const isSorted = known.length < sortedEntriesMax;
  const wantsMore = hasNextPage && !isFetchingNextPage && !isError;
  useEffect(() => {
    if (wantsMore && isSorted) void fetchNextPage();
  }, [wantsMore, isSorted, fetchNextPage]);

  const { sort, language } = order;
  const entries = useMemo(() => (isSorted ? sortEntries(known, sort, language) : known), [known, isSorted, sort, language]);
  return {
    query,
    entries,
    isSorted,
    isComplete: data !== undefined && !hasNextPage,
    readMore: () => {
      if (wantsMore) void fetchNextPage();
    },
  };
}
