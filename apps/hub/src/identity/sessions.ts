import { createHmac } from 'node:crypto';
import { type DirectoryState, JzseError } from '@jzse/api';
import type { SessionInfo, SignedIn } from '@jzse/api/hub';
import type { IdentityStore } from '@jzse/db/hub';
import { formatCookie, formatRefreshToken, newId, newSecret, secretHash, sessionOfRefreshToken, signAccessToken } from '@jzse/identity';
import type { AttemptLimits } from './attempt-limits.ts';
import { type Directory, decideAndPut } from './directory.ts';
import type { HubKeys } from './hub-keys.ts';
import { becomes, goes } from './records.ts';

/** Since it was last refreshed; of a cookie, since it was given. */
export const sessionLifetimeMs = 30 * 86_400_000;
/** A refresh token that comes again so soon is one whose answer was lost, not one that was stolen. */
export const refreshGraceMs = 10_000;
/** The oldest end when a person signs in on one more device. */
const sessionsPerPersonMax = 100;

type Session = DirectoryState<'session'>;
type User = DirectoryState<'user'>;

export interface SessionsDeps {
  readonly store: Pick<IdentityStore, 'refreshSecret' | 'session' | 'sessions' | 'noteRotation' | 'dropSessions'>;
  readonly directory: Directory;
  readonly keys: Pick<HubKeys, 'current'>;
  readonly limits: AttemptLimits;
  readonly nowMs: () => number;
}
export interface Sessions {
  /** `id`: of what may be opened once, a session that there never was; else throws `DirectoryChanged`. */
  open(user: string, of: { readonly device: string; readonly wants: 'refresh-token' | 'cookie'; readonly id?: string }): Promise<SignedIn>;
  refresh(request: { readonly refreshToken: string; readonly address: string }): Promise<SignedIn>;
  list(user: string): Promise<readonly SessionInfo[]>;
  /** Nothing happens when the session is not the person's, or there is none. */
  end(user: string, session: string): Promise<void>;
  endAll(user: string, except: string | null): Promise<void>;
}

export function createSessions(deps: SessionsDeps): Sessions {
  const refreshTokens = createRefreshTokens(deps.store);
  return {
    open: (user, of) => openSession({ ...deps, refreshTokens }, user, of),
    refresh: ({ refreshToken, address }) =>
      deps.limits.attempt({ user: null, address }, () => decideAndPut(() => refresh({ ...deps, refreshTokens }, refreshToken))),
    list: (user) => listSessions(deps, user),
    end: async (user, id) => {
      const session = await deps.directory.get('session', id);
      if (session !== null && session.user === user) await endSessions(deps, [session]);
    },
    endAll: async (user, except) => {
      await endSessions(
        deps,
        (await deps.directory.find('session', `user/${user}`)).filter(({ id }) => id !== except),
      );
    },
  };
}

/** Whether sessions and tokens of the person count at all. */
export const mayAct = (user: User | null): user is User => user !== null && !user.isDisabled;
export const isSessionOpen = (session: Session, user: User, nowMs: number): boolean =>
  session.expiresMs > nowMs && session.createdMs >= user.validFromMs && session.user === user.user;

interface Deps extends SessionsDeps {
  readonly refreshTokens: RefreshTokens;
}

async function openSession(deps: Deps, user: string, { device, wants, id = newId() }: Parameters<Sessions['open']>[1]): Promise<SignedIn> {
  const { store, directory, refreshTokens } = deps;
  const createdMs = deps.nowMs();
  const refreshToken = wants === 'refresh-token' ? await refreshTokens.of(id, 0) : null;
  const cookie = wants === 'cookie' ? formatCookie(id, newSecret()) : null;
  const session: Session = {
    id,
    user,
    device,
    cookieHash: cookie === null ? null : secretHash(cookie),
    refreshHash: refreshToken === null ? null : secretHash(refreshToken),
    createdMs,
    expiresMs: createdMs + sessionLifetimeMs,
  };
  await store.noteRotation(id, { generation: 0, atMs: createdMs });
  const before = [...(await directory.find('session', `user/${user}`))].sort((left, right) => left.createdMs - right.createdMs);
  const tooMany = before.slice(0, Math.max(0, before.length - sessionsPerPersonMax + 1));
  await directory.put([becomes('session', session, null), ...tooMany.map((old) => goes('session', old))]);
  await store.dropSessions(tooMany.map((old) => old.id));
  return { ...(await signed(deps, session)), refreshToken, cookie };
}

async function refresh(deps: Deps, presented: string): Promise<SignedIn> {
  const { store, directory, refreshTokens, nowMs } = deps;
  const id = sessionOfRefreshToken(presented);
  const session = id === null ? null : await directory.get('session', id);
  if (session === null) throw ended();
  const user = await directory.get('user', session.user);
  if (!mayAct(user) || !isSessionOpen(session, user, nowMs())) throw ended();

  const of = await refreshTokens.generationOf(session.id, presented);
  const generation = (of ?? 0) + 1;
  const next = await refreshTokens.of(session.id, generation);
  if (secretHash(presented) === session.refreshHash) {
    const renewed = { ...session, refreshHash: secretHash(next), expiresMs: nowMs() + sessionLifetimeMs };
    // Before it counts: broken off in between, nothing is lost yet.
    await store.noteRotation(session.id, { generation, atMs: nowMs() });
    await directory.put([becomes('session', renewed, session)]);
    return { ...(await signed(deps, renewed)), refreshToken: next, cookie: null };
  }
  if (of === null) throw ended();
  const { rotatedMs } = (await store.session(session.id)) ?? { rotatedMs: 0 };
  const isLostAnswer = secretHash(next) === session.refreshHash && nowMs() - rotatedMs <= refreshGraceMs;
  if (isLostAnswer) return { ...(await signed(deps, session)), refreshToken: next, cookie: null };
  // It was ours and was used before: somebody has a copy. Who is who cannot be known, so both are out.
  await endSessions(deps, [session]);
  throw ended();
}

async function listSessions({ store, directory, nowMs }: SessionsDeps, user: string): Promise<readonly SessionInfo[]> {
  const sessions = (await directory.find('session', `user/${user}`)).filter(({ expiresMs }) => expiresMs > nowMs());
  const rows = await store.sessions(sessions.map(({ id }) => id));
  return sessions.map(({ id, device, createdMs, expiresMs }) => ({
    id,
    device,
    createdMs,
    seenMs: rows.get(id)?.rotatedMs ?? createdMs,
    expiresMs,
  }));
}

async function endSessions({ directory, store }: Pick<SessionsDeps, 'directory' | 'store'>, sessions: readonly Session[]): Promise<void> {
  await directory.put(sessions.map((session) => goes('session', session)));
  await store.dropSessions(sessions.map(({ id }) => id));
}

async function signed({ keys, nowMs }: SessionsDeps, { id, user, device }: Session) {
  const { token, expiresMs } = await signAccessToken(keys.current(), { user, session: id, device, nowMs: nowMs() });
  return { user, session: id, accessToken: token, accessExpiresMs: expiresMs, isRegional: false };
}

const ended = (): JzseError => new JzseError('wrong-credentials', 'this session has ended: sign in again');

/**
 * The n-th refresh token of a session is made from the session, n and the hub's secret. So the next one can be given again when an
 * answer was lost, and any former one be told from a made-up one, while none is kept.
 */
interface RefreshTokens {
  of(session: string, generation: number): Promise<string>;
  /** Null: it is not one of ours. */
  generationOf(session: string, presented: string): Promise<number | null>;
}

const generationBytes = 4;
const tokenBytes = 32;

function createRefreshTokens(store: Pick<IdentityStore, 'refreshSecret'>): RefreshTokens {
  let secret: Promise<string> | null = null;
  const of = async (session: string, generation: number): Promise<string> => {
    secret ??= store.refreshSecret();
    const head = Buffer.alloc(generationBytes);
    head.writeUInt32BE(generation);
    const rest = createHmac('sha256', await secret)
      .update(`refresh ${session} ${generation}`)
      .digest();
    return formatRefreshToken(session, Buffer.concat([head, rest.subarray(0, tokenBytes - generationBytes)]).toString('base64url'));
  };
  return {
    of,
    generationOf: async (session, presented) => {
      const bytes = Buffer.from(presented.slice(-43), 'base64url');
      if (bytes.length !== tokenBytes) return null;
      const generation = bytes.readUInt32BE();
      return secretHash(await of(session, generation)) === secretHash(presented) ? generation : null;
    },
  };
}
