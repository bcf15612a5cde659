import { initTRPC } from '@trpc/server';
import { type Allow, allowCall } from '../access-table.ts';
import { type OnCall, tellOfCall } from '../finished-call.ts';
import type { Principal } from '../identity/principal.ts';
import { toTrpcError, toWireError } from '../trpc-errors.ts';
import { hubAccess } from './access-table.ts';
import type { AccountServices, AuditServices, FleetServices, PeopleServices, SharingServices } from './identity-services.ts';
import type { HubServices } from './services.ts';

export interface HubContext {
  /** As the caller may have them. */
  readonly services: HubServices;
  readonly fleet: FleetServices;
  readonly accounts: AccountServices;
  readonly people: PeopleServices;
  readonly sharing: SharingServices;
  readonly audit: AuditServices;
  readonly principal: Principal;
  /** Of the caller. */
  readonly address: string;
  /** Asked for every call, by its rule in the table. */
  readonly allow: Allow;
  readonly onCall?: OnCall | undefined;
}

const t = initTRPC.context<HubContext>().create({
  sse: { ping: { enabled: true, intervalMs: 5_000 }, client: { reconnectAfterInactivityMs: 15_000 } },
  errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, stack: undefined, jzse: toWireError(error) } }),
});

export const hubRouterOf = t.router;

/** The base of every procedure of the hub: errors in codes of the table, and nobody in whom the access table does not name. */
export const hubProcedure = t.procedure
  .use(async ({ ctx, path, type, getRawInput, next }) => {
    const result = await next();
    await tellOfCall(ctx.onCall, { path, type, getRawInput }, result);
    if (!result.ok) throw toTrpcError(result.error);
    return result;
  })
  .use(async ({ ctx, path, getRawInput, next }) => {
    await allowCall(hubAccess, { path, input: await getRawInput(), allow: ctx.allow });
    return next();
  });
