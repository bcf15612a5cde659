import { hubAccess, hubRouter } from '@jzse/api/hub';
import { type AccessTarget, createGateway, createTokenGuard, type FrontDoorConfig, frontDoorOptions, mountTrpc } from '@jzse/gateway';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Fleet } from './fleet/open-fleet.ts';

export interface ServerDeps {
  readonly fleet: Pick<Fleet, 'services' | 'servicesFor'>;
  readonly token: string;
  readonly config: FrontDoorConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly ready: () => Promise<string | null>;
}

/** The hub's whole surface: `/trpc` behind the gateway. */
export async function createServer({ fleet, token, config, ...gateway }: ServerDeps): Promise<FastifyInstance> {
  const guard = createTokenGuard(token);
  const app = await createGateway({ ...frontDoorOptions(config), isRegionPath, name: 'jzse-hub', guard, ...gateway });
  mountTrpc(app, {
    prefix: '/trpc',
    router: hubRouter,
    createContext: (request) => ({
      services: fleet.servicesFor(request.principal),
      fleet: fleet.services,
      allow: (rule, target) => guard.allow(request.principal, rule, target as AccessTarget),
    }),
  });
  return app;
}

const regionPaths: ReadonlySet<string> = new Set(
  Object.entries(hubAccess).flatMap(([name, { rule }]) => (rule.who === 'region' ? [`/trpc/${name}`] : [])),
);
const isRegionPath = (path: string): boolean => regionPaths.has(path);
