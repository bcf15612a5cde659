import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

const requestIdHeader = 'x-request-id';
/** What a caller may name its request; anything else could forge a log line. */
const acceptable = /^[\w.:-]{1,128}$/;

/** The caller's id if it sent a decent one: one id follows a request from region to region. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers[requestIdHeader];
  return typeof given === 'string' && acceptable.test(given) ? given : randomUUID();
}

export function emitRequestId(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    reply.header(requestIdHeader, request.id);
    done();
  });
}
