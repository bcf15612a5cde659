import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { errorCodes, JzseError } from '@jzse/api';
import type { DoneFuncWithErrOrRes, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Counter, Gauge } from 'prom-client';
import { type Admission, type LaneName, laneNames } from './admission.ts';
import type { Place } from './lane.ts';
import { problemMediaType, toProblem } from './problem.ts';

/** Whether the path, without its query, is asked for by other regions: they have places of their own. */
export type IsRegionPath = (path: string) => boolean;

export interface Entrance {
  /** What the server calls for each request, in place of `handler`. */
  readonly listener: (handler: RequestListener) => RequestListener;
  /** The same for requests that ask whether they should send their body at all: they are told so when they are let in. */
  readonly expectingListener: (handler: RequestListener) => RequestListener;
  /** Gives places back as answers begin, and shows the lanes in the metrics. */
  watch(app: FastifyInstance): void;
}

/** These answer whatever happens: who looks after the server must see it. */
const vitalPaths: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'DELETE']);
/** A body above this, or of unknown length, is an upload. */
const writeBytesMax = 256 * 1024;
/** What is left of a refused body up to this size is read, so that the connection can be used again. */
const leftOverBytesMax = 1024 * 1024;
const retryAfterS = 1;

/**
 * Stands before the framework: what is refused here costs next to nothing. A refusal is 503 `overloaded`, as a problem or, below `/trpc/`,
 * as a failed call.
 */
export function createEntrance(admission: Admission, isRegionPath: IsRegionPath): Entrance {
  const places = new WeakMap<IncomingMessage, Place>();
  let refused = 0;
  const enter = (request: IncomingMessage, response: ServerResponse, begin: () => void): void => {
    const lane = laneOf(request, isRegionPath);
    if (lane === null) return begin();
    admission.arrive(lane, {
      start: (place) => {
        if (response.destroyed) return place.leave(null);
        places.set(request, place);
        response.once('close', () => place.leave(null));
        begin();
      },
      refuse: () => {
        refused++;
        refuse(request, response);
      },
    });
  };
  return {
    listener: (handler) => (request, response) => enter(request, response, () => handler(request, response)),
    expectingListener: (handler) => (request, response) =>
      enter(request, response, () => {
        response.writeContinue();
        handler(request, response);
      }),
    watch: (app) => {
      app.addHook('onSend', (...[request, , payload, done]: OnSend): void => {
        places.get(request.raw)?.leave(kindOf(request));
        done(null, payload);
      });
      app.addHook('onClose', (_app, done) => {
        admission.close();
        done();
      });
      showLanes(app, admission, () => refused);
    },
  };
}

function laneOf({ method = 'GET', url = '/', headers }: IncomingMessage, isRegionPath: IsRegionPath): LaneName | null {
  const query = url.indexOf('?');
  const path = query === -1 ? url : url.slice(0, query);
  if (vitalPaths.has(path)) return null;
  if (isRegionPath(path)) return 'regions';
  if (bodiless.has(method)) return 'reads';
  const length = Number(headers['content-length'] ?? Number.NaN);
  return length <= writeBytesMax ? 'writes' : 'uploads';
}

type OnSend = [request: FastifyRequest, reply: FastifyReply, payload: unknown, done: DoneFuncWithErrOrRes];

const kindCharactersMax = 100;
/** Requests of a kind cost about the same: by route, and by procedure. */
function kindOf(request: FastifyRequest): string {
  const { path } = (request.params ?? {}) as { readonly path?: string };
  return `${request.method} ${request.routeOptions.url} ${path ?? ''}`.slice(0, kindCharactersMax);
}

const overloaded = new JzseError('overloaded', 'the server is very busy: try again in a moment', { detail: { retryAfterS } });
const problemBody = Buffer.from(JSON.stringify(toProblem(overloaded)));
const callBody = Buffer.from(
  JSON.stringify({
    error: {
      message: overloaded.message,
      code: -32_603,
      data: {
        code: errorCodes.overloaded.trpc,
        httpStatus: errorCodes.overloaded.http,
        jzse: { code: overloaded.code, retryable: true, detail: overloaded.detail },
      },
    },
  }),
);

function refuse(request: IncomingMessage, response: ServerResponse): void {
  if (response.destroyed) return;
  const isCall = request.url?.startsWith('/trpc/') === true;
  const body = isCall ? callBody : problemBody;
  const length = Number(request.headers['content-length'] ?? 0);
  const isLong = request.headers['transfer-encoding'] !== undefined || length > leftOverBytesMax || request.headers.expect !== undefined;
  response.writeHead(errorCodes.overloaded.http, {
    'content-type': isCall ? 'application/json' : problemMediaType,
    'content-length': body.length,
    'retry-after': String(retryAfterS),
    'cache-control': 'no-store',
    ...(isLong ? { connection: 'close' } : {}),
  });
  if (request.method === 'HEAD') response.end();
  else response.end(body);
}

function showLanes({ metrics }: FastifyInstance, admission: Admission, refused: () => number): void {
  const gauge = (name: string, help: string, read: (lane: LaneName) => number): Gauge<'lane'> =>
    new Gauge({
      name,
      help,
      labelNames: ['lane'],
      registers: [metrics],
      collect() {
        for (const lane of laneNames) this.set({ lane }, read(lane));
      },
    });
  gauge('jzse_requests_in_flight', 'Requests that take a place', (lane) => admission.state(lane).inFlight);
  gauge('jzse_requests_slow', 'Requests under way for so long that they take no place any more', (lane) => admission.state(lane).slow);
  gauge('jzse_requests_waiting', 'Requests that wait for a place', (lane) => admission.state(lane).waiting);
  gauge('jzse_requests_limit', 'Places, as found out from how long requests take', (lane) => admission.state(lane).limit);
  let counted = 0;
  new Counter({
    name: 'jzse_requests_overloaded_total',
    help: 'Requests refused because there was too much to do',
    registers: [metrics],
    collect() {
      this.inc(refused() - counted);
      counted = refused();
    },
  });
}
