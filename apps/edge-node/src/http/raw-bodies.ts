import type { FastifyInstance } from 'fastify';

/** In this scope bodies of every type are left unread: handlers take them from `request.raw`, however large they are. */
export function leaveBodiesUnread(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}
