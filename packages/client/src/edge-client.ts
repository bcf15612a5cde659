import type { EdgeRouter } from '@jzse/api/edge';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { withCodedErrors } from './coded-calls.ts';
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts';
import { createPlainFiles, type PlainFiles } from './plain-files.ts';
import { trpcLinks } from './trpc-links.ts';
import { type WatchOptions, watchSpace } from './watch-space.ts';

export type EdgeTrpc = TRPCClient<EdgeRouter>;

/** One region, for programs and pages. Every call rejects with a `JzseError`; `unreachable` when the edge does not answer. */
export interface EdgeClient {
  readonly trpc: EdgeTrpc;
  readonly files: PlainFiles;
  readonly connection: Connection;
  /** See `watchSpace`. */
  watch(space: string, options: WatchOptions): Promise<void>;
}

export function createEdgeClient(options: ConnectionOptions): EdgeClient {
  const connection = openConnection(options);
  const trpc = withCodedErrors(createTRPCClient<EdgeRouter>({ links: trpcLinks(connection) }));
  return {
    trpc,
    connection,
    files: createPlainFiles(connection),
    watch: (space, watchOptions) => watchSpace(trpc, space, watchOptions),
  };
}
