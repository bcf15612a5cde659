import type { HubServices } from '@jzse/api/hub';
import { hubRouter } from '@jzse/api/hub';
import { createGateway, mountTrpc } from '@jzse/gateway';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';

export interface ServerDeps {
  readonly services: HubServices;
  readonly token: string;
  readonly version: string;
  readonly logger: Logger;
  readonly ready: () => Promise<string | null>;
}

/** The hub's whole surface: `/trpc` behind the gateway. */
export async function createServer({ services, ...gateway }: ServerDeps): Promise<FastifyInstance> {
  const app = await createGateway({ name: 'jzse-hub', ...gateway });
  mountTrpc(app, { prefix: '/trpc', router: hubRouter, createContext: () => ({ services }) });
  return app;
}
