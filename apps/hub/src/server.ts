import type { Principal } from '@jzse/api';
import { type HubContext, type HubServices, hubAccess, hubRouter } from '@jzse/api/hub';
import { type AccessTarget, createGateway, type FrontDoorConfig, frontDoorOptions, type Guard, mountTrpc } from '@jzse/gateway';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { HubAudit } from './audit/open-audit.ts';
import type { HubConfig } from './config.ts';
import type { Fleet } from './fleet/open-fleet.ts';
import type { HubIdentity } from './identity/compose-identity.ts';
import { createHubGuard } from './identity/hub-guard.ts';
import { serveOidc } from './identity/serve-oidc.ts';
import { servicesForPerson } from './identity/services-for-person.ts';
import { serveInstall } from './install/serve-install.ts';

export interface ServerDeps {
  readonly fleet: Pick<Fleet, 'services' | 'servicesFor' | 'view' | 'authority'>;
  readonly identity: HubIdentity;
  readonly audit: Pick<HubAudit, 'services' | 'auditor'>;
  readonly config: FrontDoorConfig & Pick<HubConfig, 'url' | 'dist' | 'oidcIssuer' | 'oidcClientId' | 'oidcClientSecret'>;
  readonly version: string;
  readonly logger: Logger;
  readonly ready: () => Promise<string | null>;
  readonly nowMs: () => number;
}

/** The hub's whole surface behind the gateway: `/trpc`, and the keys by which its access tokens are known. */
export async function createServer({ fleet, identity, audit, config, nowMs, ...gateway }: ServerDeps): Promise<FastifyInstance> {
  const guard = audit.auditor.guarded(createHubGuard({ ...identity, fleet: fleet.view, endSession: identity.sessions.end, nowMs }));
  const app = await createGateway({ ...frontDoorOptions(config), isRegionPath, name: 'jzse-hub', guard, ...gateway });
  audit.auditor.watch(app);
  mountTrpc(app, {
    prefix: '/trpc',
    router: hubRouter,
    createContext: (request) => contextOf({ fleet, identity, audit, guard }, request),
  });
  app.get('/.well-known/jwks.json', { config: { access: { who: 'anyone' } } }, async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=300').send(identity.keys.jwks()),
  );
  const { authority } = fleet;
  if (authority !== null) {
    app.get('/ca.pem', { config: { access: { who: 'anyone' } } }, async (_request, reply) =>
      reply.type('application/x-pem-file').send(authority.certificate),
    );
  }
  const { oidcIssuer: issuer, oidcClientId: clientId, oidcClientSecret: clientSecret } = config;
  if (issuer !== null && clientId !== null && config.url !== null) {
    serveOidc(app, { identity, fleet: fleet.view, settings: { issuer, clientId, clientSecret }, url: config.url, nowMs });
  }
  serveInstall(app, { packages: config.dist, script: installScript, url: config.url, key: identity.keys.current });
  return app;
}

function contextOf(
  { fleet, identity, audit, guard }: Pick<ServerDeps, 'fleet' | 'identity' | 'audit'> & { readonly guard: Guard },
  request: FastifyRequest,
): HubContext {
  const { principal, ip } = request;
  return {
    services: servicesFor({ fleet, identity }, principal),
    fleet: fleet.services,
    accounts: identity.accounts,
    people: identity.people,
    sharing: identity.sharingFor(principal),
    audit: audit.services,
    principal,
    address: ip,
    allow: (rule, target) => guard.allow(principal, rule, target as AccessTarget),
    onCall: audit.auditor.onCall(request),
  };
}

const installScript = new URL('../../../deploy/install.sh', import.meta.url);

function servicesFor({ fleet, identity }: Pick<ServerDeps, 'fleet' | 'identity'>, principal: Principal): HubServices {
  const services = fleet.servicesFor(principal);
  return principal.type === 'user' ? servicesForPerson({ services, directory: identity.directory }, principal) : services;
}

const regionPaths: ReadonlySet<string> = new Set(
  Object.entries(hubAccess).flatMap(([name, { rule }]) => (rule.who === 'region' ? [`/trpc/${name}`] : [])),
);
const isRegionPath = (path: string): boolean => regionPaths.has(path);
