import type { EdgeRouter } from '@jzse/api/edge';
import { createTRPCClient, type TRPCClient } from '@trpc/client';
import { type CausalTokens, createCausalTokens } from './causal-tokens.ts';
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
  /** What this client has seen; given to the client of another edge, that one shows nothing older (SY12). */
  readonly causal: CausalTokens;
  /** See `watchSpace`. */
  watch(space: string, options: WatchOptions): Promise<void>;
}

export function createEdgeClient(options: ConnectionOptions): EdgeClient {
  const causal = options.causal ?? createCausalTokens();
  const connection = openConnection({ ...options, causal });
  const trpc = withCodedErrors(createTRPCClient<EdgeRouter>({ links: trpcLinks(connection) }));
  return {
    trpc,
    connection,
    causal,
    files: createPlainFiles(connection),
    watch: (space, watchOptions) => watchSpace(trpc, space, watchOptions),
  };
}
