import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { JzseError } from '@jzse/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { gatewayLimits } from './limits.ts';
import { sendProblem } from './problem.ts';

const sessionCookie = 'jzse_session';
const cookieAttributes = 'HttpOnly; SameSite=Strict; Path=/';
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Every route is for callers with the token unless its config says `access: 'public'`; unknown routes are closed too.
 * Programs send `Authorization: Bearer`, pages a cookie that `POST /session` gives them for the token.
 */
export function authenticate(app: FastifyInstance, options: { readonly token: string }): void {
  const session = sessionValueOf(options.token);
  const isToken = secretMatcher(options.token);
  const isSession = secretMatcher(session);

  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.access === 'public') return done();
    const bearer = bearerOf(request);
    if (bearer !== null && isToken(bearer)) return done();
    const cookie = cookieOf(request);
    if (bearer !== null || cookie === null || !isSession(cookie)) {
      sendProblem(reply, new JzseError('unauthenticated', 'send the token as "Authorization: Bearer …", or sign in'));
    } else if (isCrossSite(request)) {
      sendProblem(reply, new JzseError('forbidden', 'a page of another site may not do this with your session'));
    } else {
      done();
    }
  });

  app.post<{ Body: unknown }>(
    '/session',
    { config: { access: 'public' }, bodyLimit: gatewayLimits.sessionBodyBytesMax },
    (request, reply) => {
      if (!isToken(tokenIn(request.body))) throw new JzseError('unauthenticated', 'this is not the token of this server');
      const secure = request.protocol === 'https' ? '; Secure' : '';
      return reply.code(204).header('set-cookie', `${sessionCookie}=${session}; ${cookieAttributes}${secure}`).send();
    },
  );
  app.delete('/session', { config: { access: 'public' } }, (_request, reply) =>
    reply.code(204).header('set-cookie', `${sessionCookie}=; Max-Age=0; ${cookieAttributes}`).send(),
  );
}

/** The cookie does not carry the token itself: what a browser keeps cannot be used as a bearer token. */
function sessionValueOf(token: string): string {
  return createHmac('sha256', token).update('jzse session 1').digest('base64url');
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function secretMatcher(secret: string): (given: string) => boolean {
  const digest = hash('sha256', secret, 'buffer');
  return (given) => timingSafeEqual(hash('sha256', given, 'buffer'), digest);
}

function bearerOf(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  return /^bearer /i.test(authorization) ? authorization.slice('bearer '.length).trim() : '';
}

function cookieOf(request: FastifyRequest): string | null {
  const { cookie } = request.headers;
  if (cookie === undefined) return null;
  for (const pair of cookie.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === sessionCookie) return pair.slice(equals + 1).trim();
  }
  return null;
}

function tokenIn(body: unknown): string {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined;
  if (typeof token !== 'string') throw new JzseError('invalid-input', 'send {"token": "…"} as JSON');
  return token;
}

/** A browser says where an unsafe request comes from; one that comes with our cookie must come from our own page. */
function isCrossSite(request: FastifyRequest): boolean {
  if (safeMethods.has(request.method)) return false;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  return origin !== undefined && origin !== `${request.protocol}://${request.headers.host}`;
}
