import { createHmac, timingSafeEqual } from 'node:crypto';
import { type AccessRule, anonymous, type DirectoryState, JzseError, type Principal, type UserState } from '@jzse/api';
import type { SignIn } from '@jzse/api/hub';
import type { AccessTarget, Guard } from '@jzse/gateway';
import {
  bearerKind,
  createAccessTokenVerifier,
  createRegionProofVerifier,
  decideAccess,
  isAdminCall,
  secretHash,
  sessionOfCookie,
} from '@jzse/identity';
import type { SpaceId } from '@jzse/sync';
import { z } from 'zod';
import type { FleetView } from '../fleet/fleet-view.ts';
import type { Directory } from './directory.ts';
import type { HubKeys } from './hub-keys.ts';
import { isSessionOpen, mayAct, type Sessions } from './sessions.ts';
import { hasGrant, roleInSpace } from './sharing.ts';

export interface HubGuardDeps {
  readonly directory: Pick<Directory, 'recent'>;
  readonly keys: Pick<HubKeys, 'keyOf'>;
  readonly fleet: Pick<FleetView, 'member' | 'isPlaced'>;
  readonly signIn: (request: SignIn) => ReturnType<Sessions['open']>;
  readonly endSession: (user: string, session: string) => Promise<void>;
  /** With which cookies are made that stand for an API token. */
  readonly cookieSecret: string;
  readonly nowMs: () => number;
}

type UserPrincipal = Extract<Principal, { readonly type: 'user' }>;

/** People by access token, API token or cookie; regions by proof of their key. Whether sessions, tokens and people still count is looked up at each call. */
export function createHubGuard(deps: HubGuardDeps): Guard {
  const { fleet, keys, nowMs } = deps;
  const accessToken = createAccessTokenVerifier({ keyOf: keys.keyOf, nowMs });
  const regionProof = createRegionProofVerifier({
    audience: 'jzse-hub',
    keyOf: (region) => fleet.member(region)?.publicKey ?? null,
    nowMs,
  });
  return {
    bearer: async (token) => {
      const kind = bearerKind(token);
      if (kind === 'region-proof') return { type: 'region', ...(await regionProof(token)) };
      if (kind === 'opaque') return byApiToken(deps, token);
      const { session, issuedMs } = await accessToken(token);
      return bySession(deps, session, issuedMs);
    },
    cookie: (value) => byCookie(deps, value),
    openSession: (body, request) => openSession(deps, body, request.ip),
    closeSession: (value) => closeSession(deps, value),
    allow: (principal, rule, target) => allow(deps, principal, { rule, target }),
  };
}

async function byApiToken({ directory, nowMs }: HubGuardDeps, presented: string): Promise<UserPrincipal> {
  const [token] = await directory.recent.find('token', `hash/${secretHash(presented)}`);
  return ofToken({ directory, nowMs }, token ?? null);
}

async function ofToken(
  { directory, nowMs }: Pick<HubGuardDeps, 'directory' | 'nowMs'>,
  token: DirectoryState<'token'> | null,
): Promise<UserPrincipal> {
  if (token === null || (token.expiresMs !== null && token.expiresMs <= nowMs())) throw unauthenticated();
  const user = await directory.recent.get('user', token.user);
  if (!mayAct(user)) throw unauthenticated();
  const { id, name, scopes, spaces, createdMs } = token;
  return { ...personal(user, name), token: id, scopes, spaces, issuedMs: createdMs };
}

async function bySession({ directory, nowMs }: HubGuardDeps, id: string, issuedMs: number | null): Promise<UserPrincipal> {
  const session = await directory.recent.get('session', id);
  const user = session === null ? null : await directory.recent.get('user', session.user);
  if (session === null || !mayAct(user) || !isSessionOpen(session, user, nowMs())) throw unauthenticated();
  return { ...personal(user, session.device), session: id, issuedMs: issuedMs ?? session.createdMs };
}

const personal = ({ user, isAdmin }: UserState, device: string): UserPrincipal => ({
  type: 'user',
  user,
  device,
  isAdmin,
  session: null,
  token: null,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
});

async function byCookie(deps: HubGuardDeps, value: string): Promise<UserPrincipal> {
  const tokenId = tokenOfCookie.exec(value)?.[1];
  if (tokenId !== undefined) {
    const token = await deps.directory.recent.get('token', tokenId);
    if (token === null || !isSame(value, tokenCookie(deps, token))) throw unauthenticated();
    return ofToken(deps, token);
  }
  const id = sessionOfCookie(value);
  const session = id === null ? null : await deps.directory.recent.get('session', id);
  if (session === null || session.cookieHash === null || !isSame(secretHash(value), session.cookieHash)) throw unauthenticated();
  return bySession(deps, session.id, null);
}

/** Stands for the token as long as that is what it is, and cannot be used as a bearer token: pages never keep the token itself. */
const tokenCookie = ({ cookieSecret }: Pick<HubGuardDeps, 'cookieSecret'>, { id, secretHash: hash }: DirectoryState<'token'>): string =>
  `jzse_t_${id}_${createHmac('sha256', cookieSecret).update(`cookie ${id} ${hash}`).digest('base64url')}`;
const tokenOfCookie = /^jzse_t_([a-z0-9-]{1,64})_[A-Za-z0-9_-]{43}$/;

const isSame = (left: string, right: string): boolean =>
  timingSafeEqual(Buffer.from(secretHash(left), 'hex'), Buffer.from(secretHash(right), 'hex'));

const credentials = z.union([
  z.object({ token: z.string().min(1).max(4_096) }),
  z.object({
    user: z.string().min(1).max(64),
    password: z.string().min(1).max(1_000),
    code: z.string().max(10).nullable().default(null),
    device: z.string().min(1).max(100).default('browser'),
  }),
]);

async function openSession(deps: HubGuardDeps, body: unknown, address: string) {
  const given = credentials.safeParse(body);
  if (!given.success) throw new JzseError('invalid-input', 'send {"token": "…"}, or {"user": "…", "password": "…"}, as JSON');
  if ('token' in given.data) {
    const { token: id } = await byApiToken(deps, given.data.token);
    const token = id === null ? null : await deps.directory.recent.get('token', id);
    if (token === null) throw unauthenticated();
    return { value: tokenCookie(deps, token), maxAgeS: null };
  }
  const { user, ...rest } = given.data;
  const { cookie } = await deps.signIn({ ...rest, user: user.toLowerCase(), wants: 'cookie', address });
  if (cookie === null) throw new Error('a cookie was asked for');
  return { value: cookie, maxAgeS: cookieMaxAgeS };
}

const cookieMaxAgeS = 30 * 86_400;

async function closeSession(deps: HubGuardDeps, value: string): Promise<void> {
  const principal = await byCookie(deps, value).catch(() => anonymous);
  if (principal.type === 'user' && principal.session !== null) await deps.endSession(principal.user, principal.session);
}

interface Asked {
  readonly rule: AccessRule;
  readonly target: AccessTarget;
}

async function allow(deps: HubGuardDeps, principal: Principal, { rule, target }: Asked): Promise<void> {
  if (rule.who === 'anyone') return;
  if (principal.type === 'anonymous') throw unauthenticated();
  if (principal.type === 'region') return allowRegion(deps, principal, { rule, target });
  if (principal.type !== 'user') throw forbidden();
  switch (rule.who) {
    case 'signed-in':
      return;
    case 'admin':
    case 'region-or-admin':
      if (!isAdminCall(principal)) throw forbidden();
      return;
    case 'region':
      throw forbidden();
    case 'space':
      return allowInSpace(deps, principal, { rule, target });
    default:
      throw forbidden();
  }
}

/** As itself only, for the spaces that are placed there; where a person needs a role, the region has asked for it. */
function allowRegion({ fleet }: HubGuardDeps, { region }: Extract<Principal, { readonly type: 'region' }>, { rule, target }: Asked): void {
  if (rule.who === 'admin') throw forbidden();
  if (target.region !== null && target.region !== region) {
    throw new JzseError('forbidden', `this is the key of ${region}: it speaks for no other region`);
  }
  if (target.space !== null && !fleet.isPlaced(region, target.space)) throw unknownSpace(target.space);
}

async function allowInSpace(
  { directory }: Pick<HubGuardDeps, 'directory'>,
  principal: UserPrincipal,
  { rule, target }: Asked,
): Promise<void> {
  const { space } = target;
  if (rule.who !== 'space' || space === null) throw forbidden();
  const spaceRole = await roleInSpace(directory.recent, principal.user, space);
  const isWayToGranted = spaceRole === null && (await hasGrant(directory.recent, principal.user, space));
  const decision = decideAccess({ principal, action: rule.action, space, spaceRole, entryRole: null, isWayToGranted });
  if (decision === 'hidden') throw unknownSpace(space);
  if (decision === 'forbidden') throw forbidden();
}

const unauthenticated = (): JzseError => new JzseError('unauthenticated', 'send a token as "Authorization: Bearer …", or sign in');
const forbidden = (): JzseError => new JzseError('forbidden', 'you may not do this: ask who manages the space, or an admin');
const unknownSpace = (space: SpaceId): JzseError => new JzseError('unknown-space', `there is no space ${space}`, { detail: { space } });
