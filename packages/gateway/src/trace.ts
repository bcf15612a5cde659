import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

const requestIdHeader = 'x-request-id';
/** What a caller may name its request; anything else could forge a log line. */
const acceptable = /^[\w.:-]{1,128}$/;
/** W3C Trace Context, version 00. */
const traceparentForm = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
const noTrace = /^0+$/;

/** What names one request, and the longer story that it is part of. */
export interface Trace {
  readonly requestId: string;
  readonly traceId: string;
  readonly flags: string;
}

const traces = new WeakMap<IncomingMessage, Trace>();
const underWay = new AsyncLocalStorage<Trace>();

/** The caller's ids if it sent decent ones: the same follow a request from region to region. Always the same for the same request. */
export function traceOf(request: IncomingMessage): Trace {
  const known = traces.get(request);
  if (known !== undefined) return known;
  const made = newTrace(request.headers[requestIdHeader], request.headers['traceparent']);
  traces.set(request, made);
  return made;
}

/** For every call that is made on behalf of a request that is being handled; empty where none is. */
export function traceHeaders(): Readonly<Record<string, string>> {
  const trace = underWay.getStore();
  if (trace === undefined) return {};
  // Each call is a part of the story of its own.
  const spanId = withoutDashes(randomUUID()).slice(16);
  return { [requestIdHeader]: trace.requestId, traceparent: `00-${trace.traceId}-${spanId}-${trace.flags}` };
}

export function followTraces(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
  // The last hook before the handler: what reads the body before it does so in the connection's name.
  app.addHook('preHandler', (request, _reply, done) => underWay.run(traceOf(request.raw), done));
}

function newTrace(requestId: string | string[] | undefined, traceparent: string | string[] | undefined): Trace {
  const id = typeof requestId === 'string' && acceptable.test(requestId) ? requestId : null;
  const [, traceId, parentId, flags] = typeof traceparent === 'string' ? (traceparentForm.exec(traceparent) ?? []) : [];
  const isDecent = traceId !== undefined && parentId !== undefined && !noTrace.test(traceId) && !noTrace.test(parentId);
  if (isDecent && flags !== undefined) return { requestId: id ?? randomUUID(), traceId, flags };
  const made = randomUUID();
  return { requestId: id ?? made, traceId: withoutDashes(made), flags: '00' };
}

const withoutDashes = (uuid: string): string => uuid.replaceAll('-', '');
