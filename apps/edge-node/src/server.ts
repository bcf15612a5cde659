import type { EdgeServices } from '@jzse/api/edge';
import { edgeRouter } from '@jzse/api/edge';
import { createGateway, mountTrpc } from '@jzse/gateway';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { EdgeConfig } from './config.ts';
import { registerChunkReads } from './http/chunk-reads.ts';
import { registerChunkWrites } from './http/chunk-writes.ts';
import type { FileReadDeps } from './http/get-file.ts';
import { registerFileReads } from './http/get-file.ts';
import { registerPage } from './http/page.ts';
import { registerFileWrites } from './http/put-file.ts';
import { registerTus } from './http/tus/register-tus.ts';
import { tokenAuthor } from './write/token-author.ts';
import type { WriteDeps } from './write/write-deps.ts';

export interface ServerDeps {
  readonly config: EdgeConfig;
  readonly version: string;
  readonly logger: Logger;
  readonly services: EdgeServices;
  readonly read: FileReadDeps;
  readonly write: WriteDeps;
  readonly pageFolder: string;
  readonly ready: () => Promise<string | null>;
}

/** The edge's whole surface, in the order of the architecture: page, procedures, uploads, files, chunks. */
export async function createServer(deps: ServerDeps): Promise<FastifyInstance> {
  const { config, services, read, write } = deps;
  const app = await createGateway({
    name: 'jzse-edge',
    token: config.token,
    version: deps.version,
    logger: deps.logger,
    ready: deps.ready,
  });
  const author = tokenAuthor(config.region);
  await registerPage(app, deps.pageFolder);
  mountTrpc(app, { prefix: '/trpc', router: edgeRouter, createContext: () => ({ services, author }) });
  await registerTus(app, write);
  registerFileReads(app, read);
  registerFileWrites(app, write);
  registerChunkReads(app, read);
  registerChunkWrites(app, write);
  return app;
}
