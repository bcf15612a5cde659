import { createAuditor, createTokenGuard } from '@jzse/gateway';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { createServer, type ServerDeps } from '../../src/server.ts';

const token = 'a-token-for-tests';

/** The routes of the edge as its server really adds them: nothing of it is asked here, so nothing has to be there. */
export async function openLiveServer(): Promise<FastifyInstance> {
  const trust = { guard: createTokenGuard(token) } as ServerDeps['trust'];
  const nothing = {} as never;
  const causal = { progress: nothing, health: nothing, regions: () => [], proof: async () => token };
  const app = await createServer({
    config: loadConfig({ JZSE_REGION: 'beijing', JZSE_TOKEN: token }),
    version: '0',
    logger: pino({ level: 'silent' }),
    services: nothing,
    read: nothing,
    write: nothing,
    chunkSpaces: nothing,
    trust,
    causal,
    audit: { auditor: createAuditor({ log: { note: () => undefined }, nowMs: Date.now, quietCalls: new Set(), routes: {} }) },
    pageFolder: '/nowhere',
    ready: async () => null,
  });
  await app.ready();
  return app;
}
