import type { HubRouter } from '@jzse/api/hub';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { withCodedErrors } from './coded-calls.ts';
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts';
import { trpcLinks } from './trpc-links.ts';

/** The hub, for operators. Every call rejects with a `JzseError`; `unreachable` when the hub does not answer. */
export interface HubClient {
  readonly trpc: TRPCClient<HubRouter>;
  readonly connection: Connection;
}

export function createHubClient(options: ConnectionOptions): HubClient {
  const connection = openConnection(options);
  return { connection, trpc: withCodedErrors(createTRPCClient<HubRouter>({ links: trpcLinks(connection) })) };
}
