import { type AccessRule, anonymous, JzseError, type Principal } from '@jzse/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { aboutNothing, type Guard } from './guard.ts';
import { gatewayLimits } from './limits.ts';

const sessionCookie = 'jzse_session';
const cookieAttributes = 'HttpOnly; SameSite=Strict; Path=/';
const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const anyone: AccessRule = { who: 'anyone' };
const signedIn: AccessRule = { who: 'signed-in' };

/**
 * Every route says in its config who may call it; one that does not cannot be added. Programs send `Authorization: Bearer`, pages a
 * cookie that `POST /session` gives them. Addresses that lead nowhere are closed to strangers too.
 */
export function authenticate(app: FastifyInstance, { guard }: { readonly guard: Guard }): void {
  // Set for every request by the hook; a shared object cannot be a decoration.
  app.decorateRequest('principal');
  app.decorateRequest('refusedFor', null);
  app.decorate('routeRules', new Map<string, AccessRule>());
  app.addHook('onRoute', ({ method, url, config }) => {
    if (config?.access === undefined) throw new Error(`the route ${String(method)} ${url} does not say who may call it`);
    for (const one of [method].flat()) app.routeRules.set(`${one} ${url}`, config.access);
  });
  app.addHook('onRequest', async (request) => {
    const { access, target } = request.routeOptions.config ?? {};
    const rule = access ?? signedIn;
    request.principal = anonymous;
    if (rule.who === 'anyone' && !isCredentialHeeded(request)) return;
    try {
      request.principal = await principalOf(guard, request);
    } catch (cause) {
      // Whoever comes to sign in again may still carry what does not count any more.
      if (rule.who !== 'anyone') throw cause;
      request.refusedFor = cause;
    }
    await guard.allow(request.principal, rule, target === undefined ? aboutNothing : await target(request));
  });

  app.post<{ Body: unknown }>(
    '/session',
    { config: { access: anyone }, bodyLimit: gatewayLimits.sessionBodyBytesMax },
    async (request, reply) => {
      return reply
        .code(204)
        .header('set-cookie', sessionCookieOf(request, await guard.openSession(request.body, request)))
        .send();
    },
  );
  app.delete('/session', { config: { access: anyone, heedsCaller: true } }, async (request, reply) => {
    const value = cookieOf(request);
    if (value !== null && value !== '' && !isCrossSite(request)) await guard.closeSession(value);
    return reply.code(204).header('set-cookie', `${sessionCookie}=; Max-Age=0; ${cookieAttributes}`).send();
  });
}

/** A `Set-Cookie` by which the page that asked is signed in. */
export function sessionCookieOf(request: FastifyRequest, { value, maxAgeS }: Awaited<ReturnType<Guard['openSession']>>): string {
  const age = maxAgeS === null ? '' : `; Max-Age=${maxAgeS}`;
  const secure = request.protocol === 'https' ? '; Secure' : '';
  return `${sessionCookie}=${value}${age}; ${cookieAttributes}${secure}`;
}

/** Where strangers are welcome it still matters who is none: procedures have rules of their own. */
const isCredentialHeeded = (request: FastifyRequest): boolean => request.routeOptions.config?.heedsCaller === true;

async function principalOf(guard: Guard, request: FastifyRequest): Promise<Principal> {
  const bearer = bearerOf(request);
  if (bearer !== null) return guard.bearer(bearer, request);
  const cookie = cookieOf(request);
  if (cookie === null) return anonymous;
  if (isCrossSite(request)) throw new JzseError('forbidden', 'a page of another site may not do this with your session');
  return guard.cookie(cookie, request);
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

/** A browser says where an unsafe request comes from; one that comes with our cookie must come from our own page. */
function isCrossSite(request: FastifyRequest): boolean {
  if (safeMethods.has(request.method)) return false;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = request.headers;
  return origin !== undefined && origin !== `${request.protocol}://${request.headers.host}`;
}
