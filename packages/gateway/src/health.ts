import { JzseError } from '@jzse/api';
import type { FastifyInstance } from 'fastify';

export interface HealthOptions {
  readonly name: string;
  readonly version: string;
  /** Null when the server can serve, else why not. */
  readonly ready: () => Promise<string | null>;
}

/** `/healthz`: the process runs. `/readyz`: it can serve. Neither wants a token. */
export function addHealth(app: FastifyInstance, { name, version, ready }: HealthOptions): void {
  const vital = { config: { access: { who: 'anyone' }, isVital: true } } as const;
  const alive = JSON.stringify({ status: 'ok', name, version });
  app.get('/healthz', vital, (_request, reply) => reply.header('content-type', 'application/json').send(alive));
  app.get('/readyz', vital, async () => {
    const reason = await ready().catch((cause: unknown) => {
      throw new JzseError('not-ready', `${name} cannot tell whether it is ready`, { cause });
    });
    if (reason !== null) throw new JzseError('not-ready', reason);
    return { status: 'ready', name, version };
  });
}
