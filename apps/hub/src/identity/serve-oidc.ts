import { JzseError } from '@jzse/api';
import { sessionCookieOf } from '@jzse/gateway';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { HubIdentity } from './compose-identity.ts';
import { createOidc, type OidcSettings, pendingMs } from './oidc.ts';
import { userOf } from './oidc-user.ts';
import { sessionLifetimeMs } from './sessions.ts';

export interface ServeOidcDeps {
  readonly identity: Pick<HubIdentity, 'oidcUser' | 'sessions' | 'cookieSecret'>;
  readonly settings: OidcSettings;
  /** How people reach this hub; null: as the request says. The provider lets nobody go anywhere that it was not told of before. */
  readonly url: string | null;
  readonly nowMs: () => number;
}

const pendingCookie = 'jzse_oidc';
const anyone = { config: { access: { who: 'anyone' } } } as const;

/** `/oidc/start` sends the browser to the provider, `/oidc/callback` takes it back and signs it in. */
export function serveOidc(app: FastifyInstance, { identity, settings, url, nowMs }: ServeOidcDeps): void {
  const oidc = createOidc({ settings, secret: identity.cookieSecret, nowMs });
  const ownUrl = (request: FastifyRequest): string => url ?? `${request.protocol}://${request.host}`;

  app.get<{ Querystring: Readonly<Record<string, unknown>> }>('/oidc/start', anyone, async (request, reply) => {
    const redirectUri = `${ownUrl(request)}/oidc/callback`;
    const { location, pending } = await oidc.start({ redirectUri, returnTo: localPath(request.query['to']) });
    // Lax: it has to come along when the provider sends the browser back.
    const attributes = `Max-Age=${pendingMs / 1000}; HttpOnly; SameSite=Lax; Path=/oidc${request.protocol === 'https' ? '; Secure' : ''}`;
    return reply.header('set-cookie', `${pendingCookie}=${pending}; ${attributes}`).redirect(location, 302);
  });

  app.get('/oidc/callback', anyone, async (request, reply) => {
    const callbackUrl = new URL(request.url, ownUrl(request));
    const { person, returnTo } = await oidc.finish({ callbackUrl, pending: pendingOf(request) });
    const user = await userOf(identity.oidcUser, person);
    const { cookie } = await identity.sessions.open(user, { device: 'browser', wants: 'cookie' });
    if (cookie === null) throw new JzseError('internal', 'a cookie was asked for');
    const session = sessionCookieOf(request, { value: cookie, maxAgeS: sessionLifetimeMs / 1000 });
    // A page of our own: a browser that was redirected here from elsewhere would not send a strict cookie along yet.
    return reply
      .header('set-cookie', [session, `${pendingCookie}=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/oidc`])
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(`<!doctype html><meta http-equiv="refresh" content="0;url=${escaped(returnTo)}"><title>JzSE</title>`);
  });
}

/** On this hub, whatever was asked for. */
function localPath(asked: unknown): string {
  return typeof asked === 'string' && /^\/(?![/\\])[\x21-\x7e]{0,500}$/.test(asked) ? asked : '/';
}

function pendingOf(request: FastifyRequest): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.split('=', 2);
    if (name?.trim() === pendingCookie) return value?.trim() ?? null;
  }
  return null;
}

const escaped = (path: string): string => path.replace(/[&<>"';]/g, (character) => `&#${character.charCodeAt(0)};`);
