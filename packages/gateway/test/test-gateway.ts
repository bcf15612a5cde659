import type { FastifyInstance } from 'fastify';
import { type Level, pino } from 'pino';
import { createGateway, createTokenGuard, type GatewayOptions } from '../src/index.ts';

export const token = 'a-token-for-tests-only';
export const bearer = { authorization: `Bearer ${token}` };

export interface TestGateway {
  readonly app: FastifyInstance;
  readonly lines: Record<string, unknown>[];
}

/** A real gateway whose log lines can be read back. */
export async function testGateway(options: Partial<GatewayOptions> & { readonly level?: Level } = {}): Promise<TestGateway> {
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ level: options.level ?? 'debug' }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const app = await createGateway({
    name: 'test',
    version: '0.0.0',
    guard: createTokenGuard(token),
    logger,
    ready: async () => null,
    ...options,
  });
  return { app, lines };
}
