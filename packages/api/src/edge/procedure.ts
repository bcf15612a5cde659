import type { Author } from '@jzse/sync';
import { initTRPC } from '@trpc/server';
import { type Allow, allowCall } from '../access-table.ts';
import { type OnCall, tellOfCall } from '../finished-call.ts';
import { toTrpcError, toWireError } from '../trpc-errors.ts';
import { edgeAccess } from './access-table.ts';
import { inSpace } from './convergence-procedures.ts';
import type { EdgeAccounts, EdgeSharing } from './identity-services.ts';
import type { EdgeServices } from './services.ts';

export interface EdgeContext {
  /** As the caller may have them. */
  readonly services: EdgeServices;
  readonly accounts: EdgeAccounts;
  readonly sharing: EdgeSharing;
  /** Who calls, as the gateway found out. Throws `unauthenticated` for strangers. */
  readonly author: Author;
  /** Asked for every call, by its rule in the table. */
  readonly allow: Allow;
  readonly onCall?: OnCall | undefined;
  /** Told which space a call is about, before it runs; rejects with `not-seen-yet` while this region is behind what the caller has seen (SY12). */
  readonly aboutSpace?: (space: string) => Promise<void>;
}

const t = initTRPC.context<EdgeContext>().create({
  sse: { ping: { enabled: true, intervalMs: 10_000 }, client: { reconnectAfterInactivityMs: 30_000 } },
  errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, stack: undefined, jzse: toWireError(error) } }),
});

export const edgeRouterOf = t.router;

/** The base of every procedure of an edge: errors in codes of the table, and nobody in whom the access table does not name. */
export const edgeProcedure = t.procedure
  .use(async ({ ctx, path, type, getRawInput, next }) => {
    const result = await next();
    await tellOfCall(ctx.onCall, { path, type, getRawInput }, result);
    if (!result.ok) throw toTrpcError(result.error);
    return result;
  })
  .use(async ({ ctx, path, getRawInput, next }) => {
    await allowCall(edgeAccess, { path, input: await getRawInput(), allow: ctx.allow });
    return next();
  })
  .use(async ({ ctx, type, getRawInput, next }) => {
    if (ctx.aboutSpace === undefined || type === 'subscription') return next();
    const named = inSpace.safeParse(await getRawInput());
    if (named.success) await ctx.aboutSpace(named.data.space);
    return next();
  });
