import type { FleetServices, HubServices } from '@jzse/api/hub';
import { hubRouter } from '@jzse/api/hub';
import { type AccessTarget, createGateway, createTokenGuard, mountTrpc } from '@jzse/gateway';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

export interface ServerDeps {
  readonly services: HubServices;
  readonly fleet: FleetServices;
  readonly token: string;
  readonly version: string;
  readonly logger: Logger;
  readonly ready: () => Promise<string | null>;
}

/** The hub's whole surface: `/trpc` behind the gateway. */
export async function createServer({ services, fleet, token, ...gateway }: ServerDeps): Promise<FastifyInstance> {
  const guard = createTokenGuard(token);
  const app = await createGateway({ name: 'jzse-hub', guard, ...gateway });
  mountTrpc(app, {
    prefix: '/trpc',
    router: hubRouter,
    createContext: (request) => ({
      services,
      fleet,
      allow: (rule, target) => guard.allow(request.principal, rule, target as AccessTarget),
    }),
  });
  return app;
}
