import { JzseError, type Principal } from '@jzse/api';
import type { HandOver } from '@jzse/api/hub';
import { redirectRefused, sessionCookieOf, signInErrorPage } from '@jzse/gateway';
import type { RegionId } from '@jzse/sync';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { HubIdentity } from './compose-identity.ts';
import { createOidc, type Oidc, type OidcSettings, pendingMs } from './oidc.ts';
import { userOf } from './oidc-user.ts';
import { sessionLifetimeMs } from './sessions.ts';

export interface ServeOidcDeps {
  readonly identity: Pick<HubIdentity, 'oidcUser' | 'sessions' | 'cookieSecret' | 'handOvers'>;
  readonly fleet: Pick<FleetView, 'member'>;
  readonly settings: OidcSettings;
  /** How people reach this hub. The provider lets nobody go anywhere that it was not told of before. */
  readonly url: string;
  readonly nowMs: () => number;
}
type Deps = ServeOidcDeps & { readonly oidc: Oidc };

const pendingCookie = 'jzse_oidc';
const anyone = { config: { access: { who: 'anyone' } } } as const;
const handOverQuery = z.object({
  region: z.string().regex(/^[a-z0-9-]{1,40}$/) as unknown as z.ZodType<RegionId, string>,
  state: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});

/**
 * `/oidc/start` sends the browser to the provider, `/oidc/callback` takes it back and signs it in: here, or where `region` says, in which
 * case only that region's approved URL is ever gone to, with a code that is worth something to that region only.
 */
export function serveOidc(app: FastifyInstance, given: ServeOidcDeps): void {
  const { identity, settings, url, nowMs } = given;
  const deps: Deps = { ...given, oidc: createOidc({ settings, secret: identity.cookieSecret, nowMs }) };
  const secure = url.startsWith('https:') ? '; Secure' : '';

  app.get<{ Querystring: Readonly<Record<string, unknown>> }>('/oidc/start', anyone, async (request, reply) => {
    const handOver = handOverOf(deps, request.query);
    return unlessRefused(deps, { request, reply, region: handOver?.region ?? null }, async () => {
      const returnTo = localPath(request.query['to']);
      const { location, pending } = await deps.oidc.start({ redirectUri: `${url}/oidc/callback`, returnTo, handOver });
      // Lax: it has to come along when the provider sends the browser back.
      const attributes = `Max-Age=${pendingMs / 1000}; HttpOnly; SameSite=Lax; Path=/oidc${secure}`;
      reply.header('set-cookie', `${pendingCookie}=${pending}; ${attributes}`).header('cache-control', 'no-store');
      return reply.redirect(location, 302);
    });
  });

  app.get('/oidc/callback', anyone, async (request, reply) => {
    const region = deps.oidc.handOverOf(pendingOf(request))?.region ?? null;
    return unlessRefused(deps, { request, reply, region }, () => takeBack(deps, request, reply));
  });
}

async function takeBack(deps: Deps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { identity, oidc, url } = deps;
  const callbackUrl = new URL(request.url, url);
  const { person, returnTo, handOver } = await oidc.finish({ callbackUrl, pending: pendingOf(request) });
  const user = await userOf(identity.oidcUser, person);
  // Who it was, for the audit.
  request.principal = vouchedFor(user);
  const over = `${pendingCookie}=; Max-Age=0; HttpOnly; SameSite=Lax; Path=/oidc`;
  reply.header('cache-control', 'no-store');
  if (handOver !== null) {
    const code = identity.handOvers.give({ ...handOver, user });
    return reply.header('set-cookie', over).redirect(`${urlOf(deps, handOver.region)}/oidc/finish?code=${code}`, 302);
  }
  const { cookie } = await identity.sessions.open(user, { device: 'browser', wants: 'cookie' });
  if (cookie === null) throw new JzseError('internal', 'a cookie was asked for');
  const session = sessionCookieOf(request, { value: cookie, maxAgeS: sessionLifetimeMs / 1000 });
  // A page of our own: a browser that was redirected here from elsewhere would not send a strict cookie along yet.
  return reply
    .header('set-cookie', [session, over])
    .type('text/html; charset=utf-8')
    .send(`<!doctype html><meta http-equiv="refresh" content="0;url=${escaped(returnTo)}"><title>JzSE</title>`);
}

interface Step {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Where it began; null: here. */
  readonly region: RegionId | null;
}

/** What fails on the way is said where the person began. */
async function unlessRefused(deps: Deps, { request, reply, region }: Step, work: () => Promise<FastifyReply>): Promise<FastifyReply> {
  try {
    return await work();
  } catch (cause) {
    const began = region === null ? null : (deps.fleet.member(region)?.url ?? null);
    if (began === null) throw cause;
    return redirectRefused({ request, reply, cause }, (code) => signInErrorPage(began, code));
  }
}

/** Throws `invalid-input`; null: the person signs in at the hub itself. */
function handOverOf(deps: Deps, query: Readonly<Record<string, unknown>>): Omit<HandOver, 'code'> | null {
  if (query['region'] === undefined) return null;
  const asked = handOverQuery.safeParse(query);
  if (!asked.success) throw new JzseError('invalid-input', 'begin at the sign-in page of a region');
  urlOf(deps, asked.data.region);
  return asked.data;
}

function urlOf({ fleet }: Deps, region: RegionId): string {
  const url = fleet.member(region)?.url ?? null;
  if (url === null) throw new JzseError('invalid-input', 'this region does not take part: begin at the sign-in page of another one');
  return url.replace(/\/+$/, '');
}

const vouchedFor = (user: string): Principal => ({
  type: 'user',
  user,
  device: 'browser',
  isAdmin: false,
  session: null,
  token: null,
  scopes: [],
  spaces: [],
  isRegional: false,
  issuedMs: 0,
});

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
