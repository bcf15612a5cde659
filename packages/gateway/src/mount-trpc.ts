import type { IncomingMessage } from 'node:http';
import { errorCodes, JzseError } from '@jzse/api';
import type { AnyRouter, inferRouterContext, TRPCError } from '@trpc/server';
import { incomingMessageToRequest } from '@trpc/server/adapters/node-http';
import { resolveResponse } from '@trpc/server/http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endOnClose } from './drain.ts';
import { gatewayLimits } from './limits.ts';

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
      scope.removeContentTypeParser('application/json');
      // As text: the router parses, and checks, it itself.
      scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
      scope.route<{ Params: { readonly path: string } }>({
        method: ['GET', 'POST'],
        url: '/:path',
        // Each procedure has a rule of its own.
        config: { access: { who: 'anyone' }, heedsCaller: true },
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
  const raw: IncomingMessage & { body?: unknown } = request.raw;
  raw.body = request.body ?? undefined;
  const response = await resolveResponse({
    router: mount.router,
    req: incomingMessageToRequest(raw, reply.raw, { maxBodySize: null }),
    path: request.params.path,
    error: null,
    createContext: async () => mount.createContext(request),
    maxBatchSize: gatewayLimits.trpcCallsPerBatchMax,
    onError: ({ error, path }) => {
      logFailure(request, error, path);
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
