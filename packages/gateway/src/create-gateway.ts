import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { authenticate } from './authenticate.ts';
import { allowOrigins } from './cors.ts';
import { drainOnClose } from './drain.ts';
import './fastify-types.ts';
import type { Guard } from './guard.ts';
import { answerClientError, answerError, handleErrors } from './handle-errors.ts';
import { addHealth } from './health.ts';
import { gatewayLimits } from './limits.ts';
import { logRequests, withoutSecrets } from './log-requests.ts';
import { addMetrics } from './metrics.ts';
import { emitRequestId, requestIdOf } from './request-id.ts';
import { addSecurityHeaders } from './security-headers.ts';

export interface GatewayOptions {
  readonly name: string;
  readonly version: string;
  /** Who callers are, and what they may. */
  readonly guard: Guard;
  readonly logger: Logger;
  /** Null when the server can serve, else why not. */
  readonly ready: () => Promise<string | null>;
  /** Origins, beside the server's own, whose pages may call with a bearer token. */
  readonly corsOrigins?: readonly string[];
  readonly bodyBytesMax?: number;
}

/**
 * What both servers stand behind: callers, headers, errors, health, metrics. Every route that is added to it says in its config who
 * may call it (`access`). Only JSON bodies are parsed; other parsers are the app's.
 */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const app = createServer(options);
  app.removeContentTypeParser('text/plain');
  handleErrors(app);
  emitRequestId(app);
  await addSecurityHeaders(app);
  allowOrigins(app, options.corsOrigins ?? []);
  logRequests(app, options.logger);
  authenticate(app, options);
  addMetrics(app, options.name);
  addHealth(app, options);
  drainOnClose(app);
  return app;
}

function createServer({ logger, bodyBytesMax }: GatewayOptions): FastifyInstance {
  return fastify({
    loggerInstance: withoutSecrets(logger) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: requestIdOf,
    bodyLimit: bodyBytesMax ?? gatewayLimits.bodyBytesMax,
    // No limit on the time of a whole request, an answer, or a silence in between: uploads, downloads and event streams are long.
    requestTimeout: 0,
    connectionTimeout: 0,
    keepAliveTimeout: gatewayLimits.keepAliveTimeoutMs,
    http: {
      maxHeaderSize: gatewayLimits.headerBytesMax,
      headersTimeout: gatewayLimits.headersTimeoutMs,
      keepAlive: true,
      keepAliveInitialDelay: gatewayLimits.tcpKeepAliveMs,
    },
    routerOptions: { maxParamLength: gatewayLimits.parameterCharactersMax },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
}
