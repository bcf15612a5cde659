import { JzseError } from '@jzse/api';
import type { FastifyInstance } from 'fastify';

/**
 * Refuses requests for a name that this server does not have: a page whose name was made to point here is no page of ours (DNS rebinding).
 * No names: any will do. A name is given without a port; probes of health may use any.
 */
export function allowHosts(app: FastifyInstance, names: readonly string[]): void {
  if (names.length === 0) return;
  const allowed = new Set(names.map((name) => name.toLowerCase()));
  app.addHook('onRequest', (request, _reply, done) => {
    const isAllowed = request.routeOptions.config?.isVital === true || allowed.has(nameOf(request.headers.host ?? ''));
    done(isAllowed ? undefined : new JzseError('forbidden', 'this server is not known by that name: see JZSE_ALLOWED_HOSTS'));
  });
}

function nameOf(host: string): string {
  const port = host.lastIndexOf(':');
  const hasPort = port !== -1 && !host.endsWith(']');
  return (hasPort ? host.slice(0, port) : host).toLowerCase();
}
