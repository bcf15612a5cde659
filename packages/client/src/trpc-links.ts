import { httpLink, httpSubscriptionLink, splitLink, type TRPCLink } from '@trpc/client';
import type { AnyTRPCRouter } from '@trpc/server';
import { EventSource } from 'eventsource';
import type { Connection } from './connection.ts';
import { responseError } from './errors.ts';

/** A call that takes longer counts as unanswered. Subscriptions have pings instead. */
export const callTimeoutMs = 60_000;

/** Calls as single requests, so that a slow one holds up no other; subscriptions over server-sent events. */
export function trpcLinks<Router extends AnyTRPCRouter>(connection: Connection): TRPCLink<Router>[] {
  const url = `${connection.url}/trpc`;
  const link = splitLink({
    condition: (operation) => operation.type === 'subscription',
    // The browser's own EventSource can carry no token, and tells no status.
    true: httpSubscriptionLink({
      url,
      EventSource,
      eventSourceOptions: { fetch: (target, init) => connection.fetch(String(target), init as RequestInit) },
    }),
    false: httpLink({
      url,
      fetch: async (target, init) => {
        const response = await connection.fetch(String(target), withTimeout(init as RequestInit | undefined));
        // Refused before tRPC saw it, by what the server stands behind.
        if (response.headers.get('content-type')?.startsWith('application/problem+json') === true) throw await responseError(response);
        return response;
      },
    }),
  } as Parameters<typeof splitLink>[0]);
  return [link as TRPCLink<Router>];
}

function withTimeout(init: RequestInit | undefined): RequestInit {
  const timeout = AbortSignal.timeout(callTimeoutMs);
  return { ...init, signal: init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout };
}
