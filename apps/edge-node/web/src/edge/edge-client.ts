import type { EdgeRouter } from '@jzse/api/edge';
import { createTRPCClient, httpLink, httpSubscriptionLink, splitLink } from '@trpc/client';

const url = '/trpc';

/** The edge that served this page; the session cookie says who asks. */
export const edge = createTRPCClient<EdgeRouter>({
  links: [
    splitLink({
      condition: (operation) => operation.type === 'subscription',
      true: httpSubscriptionLink({ url }),
      false: httpLink({ url }),
    }),
  ],
});
