import { JzseError, type Principal } from '@jzse/api';
import type { RegionalSession, RegionalSessions } from '@jzse/db/region';
import {
  bearerKind,
  createAccessTokenVerifier,
  createRegionProofVerifier,
  hubIssuer,
  type SigningKey,
  secretHash,
  sessionOfCookie,
  type UserPrincipal,
  type VerificationKey,
} from '@jzse/identity';
import { type CutOffDeps, checkNotCutOff } from './cut-off.ts';
import type { DirectoryView } from './directory-view.ts';

export interface FindCallerDeps extends CutOffDeps {
  readonly view: DirectoryView;
  readonly sessions: Pick<RegionalSessions, 'find'>;
  /** Of this region, for people that it signed in by itself. */
  readonly signingKey: SigningKey;
  /** Has the copy of the directory ask for what is new; resolves soon in any case. */
  readonly refresh: () => Promise<void>;
}
/** Who calls. Throws `unauthenticated`, `region-cut-off`, `not-ready`. */
export interface FindCaller {
  bearer(token: string): Promise<Principal>;
  cookie(value: string): Principal;
  /** For what goes on for long: whether the person, and what they came in with, still count. */
  stillCounts(principal: Principal): boolean;
  /** Of an API token, or null. */
  tokenHolder(token: string): UserPrincipal | null;
}

/** Signatures are checked once a token; whether its person, session and key still count is looked up at each request. */
export function createFindCaller(deps: FindCallerDeps): FindCaller {
  const { view } = deps;
  const accessToken = createAccessTokenVerifier({ keyOf: (kid) => keyOf(deps, kid), nowMs: deps.nowMs });
  const regionProof = createRegionProofVerifier({
    audience: 'jzse-region',
    keyOf: (region) => view.find('region', region)?.publicKey ?? null,
    nowMs: deps.nowMs,
  });
  const person = async (token: string): Promise<Principal> => {
    const claims = await accessToken(token);
    const isOfHub = claims.issuer === hubIssuer;
    // Signed in elsewhere a moment ago: the directory may not have said so here yet.
    if (isOfHub && view.find('session', claims.session) === null) await deps.refresh();
    const session = isOfHub ? view.find('session', claims.session) : findSession(deps, claims.session);
    if (session === null || session.user !== claims.user) throw ended();
    // Also of a token that was signed here since: its session is from before.
    checkNotCutOff(deps, session.createdMs);
    return sessionPrincipal(deps, { ...session, device: claims.device, issuedMs: claims.issuedMs, isRegional: !isOfHub });
  };
  return {
    bearer: async (token) => {
      checkCopied(view);
      const kind = bearerKind(token);
      if (kind === 'region-proof') return { type: 'region', ...(await regionProof(token)) };
      if (kind === 'access-token') return person(token);
      const holder = tokenHolder(deps, token);
      if (holder === null) throw new JzseError('unauthenticated', 'send a token that counts as "Authorization: Bearer …", or sign in');
      return holder;
    },
    cookie: (value) => {
      checkCopied(view);
      return cookiePrincipal(deps, value);
    },
    stillCounts: (principal) => stillCounts(deps, principal),
    tokenHolder: (token) => {
      checkCopied(view);
      return tokenHolder(deps, token);
    },
  };
}

function checkCopied(view: DirectoryView): void {
  if (view.isCopied()) return;
  throw new JzseError('not-ready', 'this region does not know yet who may come in: it waits to hear from the hub for the first time');
}

function keyOf({ view, signingKey, nowMs }: FindCallerDeps, kid: string): VerificationKey | null {
  if (kid === signingKey.kid) return signingKey;
  const key = view.find('key', kid);
  // For a day after it was retired, and what it signed is long over then.
  if (key === null || (key.retiredMs !== null && key.retiredMs + retiredKeyMs < nowMs())) return null;
  return { issuer: hubIssuer, publicKey: key.publicKey };
}
const retiredKeyMs = 86_400_000;

function tokenHolder(deps: FindCallerDeps, token: string): UserPrincipal | null {
  const found = deps.view.tokenByHash(secretHash(token));
  return found === null ? null : tokenPrincipal(deps, { token: found, session: null });
}

function stillCounts(deps: FindCallerDeps, principal: Principal): boolean {
  if (principal.type !== 'user') return principal.type === 'region' && deps.view.find('region', principal.region) !== null;
  const { session, token } = principal;
  const user = deps.view.find('user', principal.user);
  if (user === null || user.isDisabled) return false;
  const ends = [session === null ? [] : findSession(deps, session), token === null ? [] : deps.view.find('token', token)].flat();
  return ends.every((end) => end !== null && (end.expiresMs === null || end.expiresMs > deps.nowMs()));
}

type TokenState = NonNullable<ReturnType<DirectoryView['tokenByHash']>>;

function tokenPrincipal(
  deps: FindCallerDeps,
  { token, session }: { readonly token: TokenState; readonly session: RegionalSession | null },
): UserPrincipal | null {
  const user = deps.view.find('user', token.user);
  if (user === null || user.isDisabled) return null;
  if (token.expiresMs !== null && token.expiresMs <= deps.nowMs()) return null;
  checkNotCutOff(deps, token.createdMs);
  return {
    type: 'user',
    user: user.user,
    device: token.name,
    isAdmin: user.isAdmin,
    session: session?.id ?? null,
    token: token.id,
    scopes: token.scopes,
    spaces: token.spaces,
    isRegional: false,
    issuedMs: session?.createdMs ?? token.createdMs,
  };
}

function cookiePrincipal(deps: FindCallerDeps, value: string): Principal {
  const id = sessionOfCookie(value);
  if (id === null) throw ended();
  const own = deps.sessions.find(id);
  const session = own ?? deps.view.find('session', id);
  if (session === null || session.cookieHash !== secretHash(value)) throw ended();
  if (own?.token != null) {
    const token = deps.view.find('token', own.token);
    const holder = token === null ? null : tokenPrincipal(deps, { token, session: own });
    if (holder === null) throw ended();
    return holder;
  }
  checkNotCutOff(deps, session.createdMs);
  return sessionPrincipal(deps, { ...session, issuedMs: session.createdMs, isRegional: own !== null });
}

/** Of this region alone, or of the hub. */
const findSession = ({ sessions, view }: FindCallerDeps, id: string) => sessions.find(id) ?? view.find('session', id);

interface LiveSession {
  readonly id: string;
  readonly user: string;
  readonly device: string;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly issuedMs: number;
  readonly isRegional: boolean;
}

function sessionPrincipal(deps: FindCallerDeps, session: LiveSession): UserPrincipal {
  const user = deps.view.find('user', session.user);
  if (user === null || user.isDisabled || session.expiresMs <= deps.nowMs() || session.createdMs < user.validFromMs) throw ended();
  return {
    type: 'user',
    user: user.user,
    device: session.device,
    isAdmin: user.isAdmin,
    session: session.id,
    token: null,
    scopes: null,
    spaces: null,
    isRegional: session.isRegional,
    issuedMs: session.issuedMs,
  };
}

const ended = (): JzseError => new JzseError('unauthenticated', 'this sign-in has ended: sign in again');
