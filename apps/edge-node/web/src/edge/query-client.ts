import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import type { Connection } from './connection.ts';
import { toPageError } from './page-error.ts';
import { queryKeys } from './query-keys.ts';

const retriesMax = 2;

/** The cache of what the edge said. A lost session anywhere brings up the sign-in page, since that looks at `status`. */
export function createQueryClient({ reportAnswer }: Connection): QueryClient {
  const note = (error: unknown) => {
    const { code } = toPageError(error);
    reportAnswer(code !== 'unreachable');
    if (code === 'unauthenticated') void client.invalidateQueries({ queryKey: queryKeys.status });
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({
      onError: (error, query) =>
        query.queryKey[0] === queryKeys.status[0] ? reportAnswer(toPageError(error).code !== 'unreachable') : note(error),
      onSuccess: () => reportAnswer(true),
    }),
    mutationCache: new MutationCache({ onError: note }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 30_000,
        retry: (failures, error) => toPageError(error).retryable && failures < retriesMax,
        retryDelay: (failures) => 300 * 2 ** failures,
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}
