import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { pathOf } from './handle-errors.ts';

/** A logger that cannot be made to write headers or queries of a request, wherever it is passed on. */
export function withoutSecrets(logger: Logger): Logger {
  return logger.child(
    {},
    {
      serializers: {
        req: (request: { readonly method?: string; readonly url?: string }) => ({
          method: request.method,
          path: pathOf(request.url ?? ''),
        }),
        res: (response: { readonly statusCode?: number }) => ({ status: response.statusCode }),
      },
    },
  );
}

/** One line a request, at `debug` only: at thousands of requests a second a line each would cost more than the work. */
export function logRequests(app: FastifyInstance, logger: Logger): void {
  if (!logger.isLevelEnabled('debug')) return;
  app.addHook('onResponse', (request, reply, done) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    request.log.debug({ method: request.method, path: pathOf(request.url), status: reply.statusCode, ms }, 'request done');
    done();
  });
}
