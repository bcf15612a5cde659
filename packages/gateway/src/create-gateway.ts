import type { RequestListener, Server, ServerOptions } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer, type ServerOptions as TlsOptions } from 'node:https';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { fastify, LogController } from 'fastify';
import type { Logger } from 'pino';
import { type AdmissionLimits, createAdmission } from './admission.ts';
import { createEntrance, type Entrance, type IsRegionPath } from './admit-requests.ts';
import { allowHosts } from './allow-hosts.ts';
import { authenticate } from './authenticate.ts';
import { allowOrigins } from './cors.ts';
import { drainOnClose } from './drain.ts';
import './fastify-types.ts';
import type { Guard } from './guard.ts';
import { answerClientError, answerError, handleErrors } from './handle-errors.ts';
import { addHealth } from './health.ts';
import { createRateLimits, defaultRates, limitRates, type Rates } from './limit-rates.ts';
import { gatewayLimits } from './limits.ts';
import { logRequests, withoutSecrets } from './log-requests.ts';
import { addMetrics } from './metrics.ts';
import { addSecurityHeaders } from './security-headers.ts';
import { followTraces, traceOf } from './trace.ts';
import { createProxyCheck } from './trusted-proxies.ts';
import { type ClientLimits, type ClientWatch, createClientWatch, defaultClientLimits } from './watch-clients.ts';

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
  readonly headersTimeoutMs?: number;
  /** Requests that callers may make; `defaultRates` where nothing is said. */
  readonly rates?: Partial<Rates>;
  /** Addresses and networks of proxies whose `X-Forwarded-*` is believed. */
  readonly trustedProxies?: readonly string[];
  /** Names that requests may be for; none: any. */
  readonly allowedHosts?: readonly string[];
  readonly clients?: Partial<ClientLimits>;
  readonly admission?: Partial<AdmissionLimits>;
  /** Paths, without query, of what other regions ask for. */
  readonly isRegionPath?: IsRegionPath;
  /** Serves over TLS: key and certificate. */
  readonly tls?: TlsOptions;
}

/**
 * What both servers stand behind: limits, callers, headers, errors, health, metrics. Every route that is added to it says in its config who
 * may call it (`access`). Only JSON bodies are parsed; other parsers are the app's.
 */
export async function createGateway(options: GatewayOptions): Promise<FastifyInstance> {
  const isProxy = createProxyCheck(options.trustedProxies ?? []);
  const admission = createAdmission({ limits: options.admission ?? {}, nowMs: () => performance.now() });
  const entrance = createEntrance(admission, options.isRegionPath ?? (() => false));
  const clients = createClientWatch({ limits: { ...defaultClientLimits, ...options.clients }, isProxy, nowMs: () => performance.now() });
  const app = createServer(options, { entrance, clients, isProxy });
  app.removeContentTypeParser('text/plain');
  handleErrors(app);
  followTraces(app);
  const rates = createRateLimits({ ...defaultRates, ...options.rates }, () => performance.now());
  const { addCallerHook } = limitRates(app, rates);
  await addSecurityHeaders(app, { isTls: options.tls !== undefined });
  allowHosts(app, options.allowedHosts ?? []);
  allowOrigins(app, options.corsOrigins ?? []);
  logRequests(app, options.logger);
  authenticate(app, { guard: rates.guarded(options.guard) });
  addCallerHook();
  clients.addHooks(app);
  addMetrics(app, options.name);
  entrance.watch(app);
  addHealth(app, options);
  drainOnClose(app);
  return app;
}

interface Parts {
  readonly entrance: Entrance;
  readonly clients: ClientWatch;
  readonly isProxy: (address: string) => boolean;
}

function createServer(options: GatewayOptions, { entrance, clients, isProxy }: Parts): FastifyInstance {
  return fastify({
    loggerInstance: withoutSecrets(options.logger) as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    requestIdHeader: false,
    genReqId: (request) => traceOf(request).requestId,
    childLoggerFactory: (...[logger, bindings, childOptions, request]) =>
      logger.child({ ...bindings, traceId: traceOf(request).traceId }, childOptions) as FastifyBaseLogger,
    bodyLimit: options.bodyBytesMax ?? gatewayLimits.bodyBytesMax,
    trustProxy: (options.trustedProxies ?? []).length > 0 ? isProxy : false,
    serverFactory: (handler) => {
      const server = listenBy(options, { entrance, handler });
      clients.watch(server);
      return server;
    },
    routerOptions: { maxParamLength: gatewayLimits.parameterCharactersMax },
    frameworkErrors: answerError,
    clientErrorHandler: answerClientError,
  });
}

function listenBy(
  { headersTimeoutMs, tls }: GatewayOptions,
  { entrance, handler }: { readonly entrance: Entrance; readonly handler: RequestListener },
): Server {
  const options: ServerOptions = {
    maxHeaderSize: gatewayLimits.headerBytesMax,
    headersTimeout: headersTimeoutMs ?? gatewayLimits.headersTimeoutMs,
    connectionsCheckingInterval: Math.min(gatewayLimits.headersCheckEveryMs, headersTimeoutMs ?? Number.POSITIVE_INFINITY),
    // No limit on the time of a whole request or answer: uploads, downloads and event streams are long.
    requestTimeout: 0,
    keepAliveTimeout: gatewayLimits.keepAliveTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelay: gatewayLimits.tcpKeepAliveMs,
  };
  const listener = entrance.listener(handler);
  const server =
    tls === undefined
      ? createHttpServer(options, listener)
      : createHttpsServer({ ...options, handshakeTimeout: gatewayLimits.handshakeTimeoutMs, ...tls }, listener);
  server.on('checkContinue', entrance.expectingListener(handler));
  return server;
}
