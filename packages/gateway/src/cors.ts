import type { FastifyInstance } from 'fastify';

const allowedMethods = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
const allowedHeaders =
  'authorization, content-type, if-match, if-none-match, range, repr-digest, content-digest, x-request-id, traceparent, x-jzse-modified-ms, x-jzse-causal, x-http-method-override, tus-resumable, upload-length, upload-defer-length, upload-offset, upload-metadata, upload-checksum, upload-concat, upload-expires';
const exposedHeaders =
  'etag, location, content-range, accept-ranges, repr-digest, x-request-id, jzse-version, jzse-path, jzse-space, x-jzse-causal, retry-after, ratelimit, ratelimit-policy, tus-resumable, tus-version, tus-extension, tus-max-size, tus-checksum-algorithm, upload-length, upload-defer-length, upload-offset, upload-metadata, upload-expires, upload-concat';
const preflightAgeS = 600;

/** Lets pages of the listed origins call with a bearer token. Cookies are never for other origins. */
export function allowOrigins(app: FastifyInstance, origins: readonly string[]): void {
  const allowed = new Set(origins);
  if (allowed.size === 0) return;
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    if (origin === undefined || !allowed.has(origin)) return done();
    reply.header('access-control-allow-origin', origin).header('access-control-expose-headers', exposedHeaders);
    const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
    if (!isPreflight) return done();
    reply
      .code(204)
      .header('access-control-allow-methods', allowedMethods)
      .header('access-control-allow-headers', allowedHeaders)
      .header('access-control-max-age', preflightAgeS)
      .send();
  });
}
