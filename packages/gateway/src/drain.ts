import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { gatewayLimits } from './limits.ts';

const openStreams = new WeakMap<object, Set<ServerResponse>>();

/** When the server closes: event streams end at once, requests in flight get `drainMs`, then connections are cut. */
export function drainOnClose(app: FastifyInstance): void {
  const streams = new Set<ServerResponse>();
  openStreams.set(app.server, streams);
  let deadline: NodeJS.Timeout | undefined;
  app.addHook('preClose', (done) => {
    for (const stream of streams) stream.destroy();
    deadline = setTimeout(() => app.server.closeAllConnections(), gatewayLimits.drainMs);
    done();
  });
  app.addHook('onClose', (_app, done) => {
    clearTimeout(deadline);
    done();
  });
}

/** A stream that has no end of its own: the server will not wait for it when it closes. */
export function endOnClose(app: FastifyInstance, stream: ServerResponse): void {
  const streams = openStreams.get(app.server);
  streams?.add(stream);
  stream.once('close', () => streams?.delete(stream));
}
