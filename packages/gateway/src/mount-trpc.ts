import type { IncomingMessage } from 'node:http';
import { errorCodes, JzseError } from '@jzse/api';
import { type AnyRouter, type inferRouterContext, type TRPC_ERROR_CODE_KEY, TRPCError } from '@trpc/server';
import { incomingMessageToRequest } from '@trpc/server/adapters/node-http';
import { resolveResponse } from '@trpc/server/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkJson, maySpoilObjects } from './check-json.ts';
import { endOnClose } from './drain.ts';
import { logError } from './handle-errors.ts';
import { gatewayLimits } from './limits.ts';
import { retryAfterOf, toJzseError } from './problem.ts';

export interface TrpcMount<Router extends AnyRouter> {
  /** `/trpc` */
  readonly prefix: string;
  readonly router: Router;
  readonly createContext: (request: FastifyRequest) => inferRouterContext<Router>;
  /** Further headers of an answer, asked for when it is ready; not of streams. */
  readonly answerHeaders?: (request: FastifyRequest) => Promise<Readonly<Record<string, string>>>;
  /** Told of every failed call, after it was logged. */
  readonly onError?: (failure: { readonly error: TRPCError; readonly path: string | undefined; readonly request: FastifyRequest }) => void;
}

type CallRequest = FastifyRequest<{ Params: { readonly path: string } }>;

/** Serves a router below `prefix`, subscriptions as server-sent events. Failed calls are logged by the level of their code. */
export function mountTrpc<Router extends AnyRouter>(app: FastifyInstance, mount: TrpcMount<Router>): void {
  app.register(
    async (scope) => {
      takeTexts(scope);
      scope.addHook('onRequest', (request, _reply, done) => done(strangerBodyError(request)));
      // What is refused before there is a call must look like a failed call all the same.
      scope.setErrorHandler((error, request, reply) => answerFailure(mount, error, { request: request as CallRequest, reply }));
      scope.route<{ Params: { readonly path: string } }>({
        method: ['GET', 'POST'],
        url: '/:path',
        // Each procedure has a rule of its own.
        config: { access: { who: 'anyone' }, heedsCaller: true, calls: callsOf },
        bodyLimit: gatewayLimits.trpcBodyBytesMax,
        handler: (request, reply) => answerCall(app, mount, { request, reply }),
      });
    },
    { prefix: mount.prefix },
  );
}

async function answerCall<Router extends AnyRouter>(
  app: FastifyInstance,
  mount: TrpcMount<Router>,
  { request, reply }: { readonly request: CallRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  // A stream that begins has been answered with success: what a stranger may not have is refused before.
  if (request.principal.type === 'anonymous' && isSubscription(mount.router, request.params.path)) {
    throw request.refusedFor ?? new JzseError('unauthenticated', 'send a token as "Authorization: Bearer …", or sign in');
  }
  const raw: IncomingMessage & { body?: unknown } = request.raw;
  // A call without input has no body, and its rule is asked for all the same.
  raw.body = request.body === '' ? 'null' : (request.body ?? undefined);
  const response = await resolveResponse({
    router: mount.router,
    req: incomingMessageToRequest(raw, reply.raw, { maxBodySize: null }),
    path: request.params.path,
    error: null,
    createContext: async () => mount.createContext(request),
    maxBatchSize: gatewayLimits.trpcCallsPerBatchMax,
    onError: ({ error, path }) => {
      logFailure(request, error, path);
      // Who merely did not sign in has guessed nothing, and a wrong token was charged when it was looked at.
      if (error.cause instanceof JzseError && error.cause.code === 'wrong-credentials') app.rateLimits.chargeGuess(request);
      mount.onError?.({ error, path, request });
    },
  });
  if (isStream(response)) {
    endOnClose(app, reply.raw);
    return reply.send(response);
  }
  reply.code(response.status).header('cache-control', 'no-store');
  for (const [name, value] of response.headers) reply.header(name, value);
  if (mount.answerHeaders !== undefined) reply.headers(await mount.answerHeaders(request));
  // In one piece: a web stream for every small answer costs more than the answer.
  return reply.send(Buffer.from(await response.arrayBuffer()));
}

/** As text: the router parses, and checks, it itself. */
function takeTexts(scope: FastifyInstance): void {
  const parseSafely = scope.getDefaultJsonParser('error', 'error');
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    try {
      checkJson(body);
    } catch (error) {
      done(error as JzseError);
      return;
    }
    if (maySpoilObjects(body)) parseSafely(request, body, (error) => done(error, body));
    else done(null, body);
  });
}

function strangerBodyError({ principal, headers }: FastifyRequest): JzseError | undefined {
  if (principal.type !== 'anonymous') return undefined;
  const isUnknown = headers['transfer-encoding'] !== undefined;
  if (!isUnknown && Number(headers['content-length'] ?? 0) <= gatewayLimits.strangerBodyBytesMax) return undefined;
  return new JzseError('too-large', `sign in to send more than ${gatewayLimits.strangerBodyBytesMax} bytes, or a body of unknown length`);
}

/** The procedures of a batch are one parameter of the path. */
function callsOf({ params }: FastifyRequest): number {
  const { path } = params as CallRequest['params'];
  let calls = 1;
  for (let comma = path.indexOf(','); comma !== -1; comma = path.indexOf(',', comma + 1)) calls++;
  return calls;
}

async function answerFailure<Router extends AnyRouter>(
  mount: TrpcMount<Router>,
  error: unknown,
  { request, reply }: { readonly request: CallRequest; readonly reply: FastifyReply },
): Promise<FastifyReply> {
  const coded = toJzseError(error);
  logError(coded, request, reply);
  const { http, trpc } = errorCodes[coded.code];
  const response = await resolveResponse({
    router: mount.router,
    req: new Request(new URL(request.url, 'http://localhost')),
    path: request.params.path,
    error: new TRPCError({ code: trpc as TRPC_ERROR_CODE_KEY, message: coded.message, cause: coded }),
    createContext: async () => mount.createContext(request),
  });
  const seconds = retryAfterOf(coded.detail);
  if (seconds !== null) reply.header('retry-after', seconds);
  if (coded.code === 'unauthenticated') reply.header('www-authenticate', 'Bearer realm="jzse"');
  reply.code(http).header('cache-control', 'no-store').header('content-type', 'application/json');
  return reply.send(Buffer.from(await response.arrayBuffer()));
}

function isSubscription(router: AnyRouter, path: string): boolean {
  const procedures: Readonly<Record<string, { readonly _def?: { readonly type?: string } } | undefined>> = router._def.procedures;
  return procedures[path]?._def?.type === 'subscription';
}

function isStream(response: Response): boolean {
  return response.headers.has('transfer-encoding') || (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
}

function logFailure(request: FastifyRequest, error: TRPCError, path: string | undefined): void {
  const coded = error.cause instanceof JzseError ? error.cause : null;
  const isUnknown = coded === null && error.code === 'INTERNAL_SERVER_ERROR';
  const level = coded !== null ? errorCodes[coded.code].level : isUnknown ? 'error' : 'info';
  const what = { code: coded?.code ?? error.code, procedure: path };
  if (level === 'error') request.log[level]({ ...what, err: coded?.cause ?? error.cause ?? error }, error.message);
  else request.log[level](what, error.message);
}
