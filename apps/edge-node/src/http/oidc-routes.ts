import { JzseError } from '@jzse/api';
import { redirectRefused, sessionCookieOf, signInErrorPage } from '@jzse/gateway';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { OidcSignIn } from '../trust/oidc.ts';

/** Not the hub's name for its own: both may be on one host, and cookies know no ports. */
const bindingCookie = 'jzse_oidc_edge';
const bindingS = 10 * 60;
const sessionS = 30 * 86_400;
const anyone = { config: { access: { who: 'anyone' } } } as const;
const page = (code: string): string => signInErrorPage('', code);

/**
 * `/oidc/start` sends the browser to the hub, which sends it to the provider; `/oidc/finish` is where it comes back with a code. Only the
 * browser that began has the cookie that makes the code good, so nobody can be signed in as somebody else by a link.
 */
export function registerOidc(app: FastifyInstance, { oidc }: { readonly oidc: OidcSignIn }): void {
  app.get('/oidc/start', anyone, async (request, reply) => {
    try {
      const { location, binding } = await oidc.begin();
      const cookie = `${bindingCookie}=${binding}; Max-Age=${bindingS}; ${attributesFor(request)}`;
      return reply.header('set-cookie', cookie).header('cache-control', 'no-store').redirect(location, 302);
    } catch (cause) {
      return redirectRefused({ request, reply, cause }, page);
    }
  });

  app.get<{ Querystring: Readonly<Record<string, unknown>> }>('/oidc/finish', anyone, async (request, reply) => {
    const over = `${bindingCookie}=; Max-Age=0; ${attributesFor(request)}`;
    reply.header('set-cookie', over);
    try {
      const { code } = request.query;
      const binding = bindingOf(request);
      if (typeof code !== 'string' || code === '' || code.length > 2_000 || binding === null) {
        throw new JzseError('wrong-credentials', 'this sign-in took too long, or began in another browser: begin again');
      }
      const { value, principal } = await oidc.finish({ code, binding });
      // Who it was, for the audit.
      request.principal = principal;
      reply.header('set-cookie', sessionCookieOf(request, { value, maxAgeS: sessionS }));
      return reply.header('cache-control', 'no-store').redirect('/', 302);
    } catch (cause) {
      return redirectRefused({ request, reply, cause }, page);
    }
  });
}

/** Lax: it has to come along when the hub sends the browser back. */
const attributesFor = ({ protocol }: FastifyRequest): string =>
  `HttpOnly; SameSite=Lax; Path=/oidc${protocol === 'https' ? '; Secure' : ''}`;

function bindingOf(request: FastifyRequest): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === bindingCookie && value !== undefined && value !== '') return value.trim();
  }
  return null;
}
