import type { EdgeServices } from '@jzse/api/edge';
import { edgeRouter } from '@jzse/api/edge';
import type { ChunkSpaces } from '@jzse/db/region';
import { type AccessTarget, createGateway, frontDoorOptions, mountTrpc } from '@jzse/gateway';
import type { SpaceId } from '@jzse/sync';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { EdgeAudit } from './audit/open-audit.ts';
import type { EdgeConfig } from './config.ts';
import { authorOf, createAllowAt, mayPassOn } from './http/caller.ts';
import { type CausalDeps, createCausalTokens, registerCausalTokens } from './http/causal-tokens.ts';
import { registerChunkReads } from './http/chunk-reads.ts';
import { registerChunkWrites } from './http/chunk-writes.ts';
import type { FileReadDeps } from './http/get-file.ts';
import { registerFileReads } from './http/get-file.ts';
import { registerOidc } from './http/oidc-routes.ts';
import { registerPage } from './http/page.ts';
import { registerFileWrites } from './http/put-file.ts';
import { registerShareLinks } from './http/share-links.ts';
import { registerTus } from './http/tus/register-tus.ts';
import type { ReadDeps } from './read/read-deps.ts';
import type { Trust } from './trust/start-trust.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface ServerDeps {
  readonly config: EdgeConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly services: EdgeServices;
  readonly read: Pick<FileReadDeps, 'nowMs' | keyof ReadDeps>;
  readonly write: WriteDeps;
  readonly chunkSpaces: ChunkSpaces;
  readonly trust: Pick<Trust, 'guard' | 'links' | 'oidc' | 'accounts' | 'sharing' | 'services'>;
  readonly causal: Pick<CausalDeps, 'progress' | 'regions' | 'health' | 'proof'>;
  readonly audit: Pick<EdgeAudit, 'auditor'>;
  readonly pageFolder: string;
  readonly ready: () => Promise<string | null>;
}

/** The edge's whole surface, in the order of the architecture: page, procedures, uploads, files, chunks. */
export async function createServer(deps: ServerDeps): Promise<FastifyInstance> {
  const { config, services, read, write } = deps;
  const { trust } = deps;
  const { auditor } = deps.audit;
  const guard = auditor.guarded(trust.guard);
  const app = await createGateway({
    ...frontDoorOptions(config),
    isRegionPath: (path) => path === '/chunks/read',
    name: 'jzse-edge',
    guard,
    version: deps.version,
    logger: deps.logger,
    ready: deps.ready,
  });
  auditor.watch(app);
  const allowAt = createAllowAt(guard);
  const causal = createCausalTokens(deps.causal);
  registerCausalTokens(app, { ...deps.causal, region: config.region, mayPassOn: mayPassOn(allowAt) }, causal);
  await registerPage(app, deps.pageFolder);
  mountTrpc(app, {
    prefix: '/trpc',
    router: edgeRouter,
    createContext: (request) => ({
      services: trust.services(services, request),
      accounts: trust.accounts(request),
      sharing: trust.sharing(request),
      // Asked for only by what changes something: strangers may sign in.
      get author() {
        return authorOf(request.principal, config.region);
      },
      allow: async (rule, target) => {
        if (rule.who !== 'anyone' && request.refusedFor !== null) throw request.refusedFor;
        await guard.allow(request.principal, rule, target as AccessTarget);
      },
      onCall: auditor.onCall(request),
      aboutSpace: (space) => causal.about(request, space as SpaceId),
    }),
    answerHeaders: causal.answerHeaders,
  });
  await registerTus(app, { ...write, allowAt });
  registerFileReads(app, {
    ...read,
    causalToken: causal.tokenOf,
    allowAt,
    list: (request, { space, path, page }) => trust.services(services, request).list(space, path, page),
  });
  registerFileWrites(app, write);
  registerChunkReads(app, { ...read, chunkSpaces: deps.chunkSpaces, allowAt });
  registerChunkWrites(app, write);
  registerOidc(app, { oidc: trust.oidc });
  registerShareLinks(app, { links: trust.links, read, write });
  return app;
}
