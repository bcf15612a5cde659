import { JzseError, userNameSchema } from '@jzse/api';
import type { AccountServices, SignedIn, SignIn } from '@jzse/api/hub';
import type { RegionalSessions } from '@jzse/db/region';
import {
  checkTotp,
  formatCookie,
  formatRefreshToken,
  newId,
  newSecret,
  type Passwords,
  type SigningKey,
  secretHash,
  sessionOfRefreshToken,
  signAccessToken,
} from '@jzse/identity';
import { type CutOffDeps, checkNotCutOff } from './cut-off.ts';
import type { DirectoryView } from './directory-view.ts';
import type { Attempts } from './limit-attempts.ts';

export interface SignInDeps extends CutOffDeps {
  readonly hub: Pick<AccountServices, 'signIn' | 'refresh' | 'signOut'>;
  readonly view: DirectoryView;
  readonly sessions: RegionalSessions;
  readonly passwords: Passwords;
  readonly attempts: Attempts;
  /** Of this region: what it signs counts here alone. */
  readonly signingKey: SigningKey;
  readonly refresh: () => Promise<void>;
}
export type SignInServices = Pick<AccountServices, 'signIn' | 'refresh' | 'signOut'>;

const regionalSessionMs = 24 * 3_600_000;
const expiredPerStep = 100;
const stepsRememberedMax = 100_000;

/** Signing in at the hub; while it cannot be reached, by this region's copy of the directory, for this region alone. */
export function createSignIn(deps: SignInDeps): SignInServices {
  const regional = createRegionalSignIn(deps);
  return {
    signIn: async (request) => {
      const asked = { ...request, user: request.user.trim().toLowerCase() };
      const answer = await unlessAway(() => deps.hub.signIn(asked));
      if (answer === null) return regional.signIn(asked);
      // The session is known here before its holder can use it.
      await deps.refresh();
      return answer;
    },
    refresh: async (request) => {
      if (regional.isOwn(request.refreshToken)) return regional.refresh(request.refreshToken);
      return (await unlessAway(() => deps.hub.refresh(request))) ?? regional.refresh(request.refreshToken);
    },
    signOut: async (session) => {
      if (deps.sessions.find(session) !== null) return deps.sessions.close(session);
      await deps.hub.signOut(session);
      await deps.refresh();
    },
  };
}

/** Null: the hub cannot be asked now. */
async function unlessAway<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch (cause) {
    if (isHubAway(cause)) return null;
    throw cause;
  }
}

export const isHubAway = (cause: unknown): boolean =>
  cause instanceof JzseError && (cause.code === 'hub-unreachable' || cause.code === 'not-ready');

function createRegionalSignIn(deps: SignInDeps) {
  const lastSteps = new Map<string, number>();
  return {
    isOwn: (refreshToken: string): boolean => {
      const id = sessionOfRefreshToken(refreshToken);
      return id !== null && deps.sessions.find(id) !== null;
    },
    signIn: async (request: SignIn): Promise<SignedIn> => {
      const user = await checkPerson(deps, lastSteps, request);
      await deps.sessions.expire(deps.nowMs(), expiredPerStep);
      return openRegional(deps, user, request);
    },
    refresh: async (refreshToken: string): Promise<SignedIn> => {
      const id = sessionOfRefreshToken(refreshToken);
      const session = id === null ? null : (deps.sessions.find(id) ?? deps.view.find('session', id));
      if (session === null || session.refreshHash !== secretHash(refreshToken)) throw wrong();
      const user = deps.view.find('user', session.user);
      const isOver = session.expiresMs <= deps.nowMs();
      if (user === null || user.isDisabled || isOver || session.createdMs < user.validFromMs) throw wrong();
      checkNotCutOff(deps, session.createdMs);
      return answerOf(deps, { ...session, refreshToken, cookie: null });
    },
  };
}

/** Whoever asks learns only whether all of it was right. Throws `wrong-credentials`, `second-factor-needed`, `too-many-requests`. */
async function checkPerson(deps: SignInDeps, lastSteps: Map<string, number>, request: SignIn): Promise<string> {
  const { address, password, code } = request;
  const attempt = { user: request.user, address };
  deps.attempts.check(attempt);
  const found = userNameSchema.safeParse(request.user).success ? deps.view.find('user', request.user) : null;
  const mayBe = found !== null && !found.isDisabled && !found.isService ? found : null;
  const isRight = await deps.passwords.check(password, mayBe?.passwordHash ?? null);
  if (!isRight || mayBe === null) {
    deps.attempts.failed(attempt);
    throw wrong();
  }
  const { user, totpSecret } = mayBe;
  if (totpSecret === null) return user;
  if (code === null) throw new JzseError('second-factor-needed', 'enter the six digits of your second factor');
  const step = checkTotp({ secret: totpSecret, code, nowMs: deps.nowMs(), lastStep: lastSteps.get(user) ?? null });
  if (step === null) {
    deps.attempts.failed(attempt);
    throw wrong();
  }
  if (lastSteps.size >= stepsRememberedMax) lastSteps.clear();
  lastSteps.set(user, step);
  return user;
}

async function openRegional(deps: SignInDeps, user: string, { device, wants }: SignIn): Promise<SignedIn> {
  const id = newId();
  const secret = newSecret();
  const refreshToken = wants === 'refresh-token' ? formatRefreshToken(id, secret) : null;
  const cookie = wants === 'cookie' ? formatCookie(id, secret) : null;
  const createdMs = deps.nowMs();
  await deps.sessions.open({
    id,
    user,
    device,
    token: null,
    cookieHash: cookie === null ? null : secretHash(cookie),
    refreshHash: refreshToken === null ? null : secretHash(refreshToken),
    createdMs,
    expiresMs: createdMs + regionalSessionMs,
  });
  return answerOf(deps, { id, user, device, refreshToken, cookie });
}

interface SessionToAnswer {
  readonly id: string;
  readonly user: string;
  readonly device: string;
  readonly refreshToken: string | null;
  readonly cookie: string | null;
}

async function answerOf(deps: SignInDeps, { id, user, device, refreshToken, cookie }: SessionToAnswer): Promise<SignedIn> {
  const { token, expiresMs } = await signAccessToken(deps.signingKey, { user, session: id, device, nowMs: deps.nowMs() });
  return { user, session: id, accessToken: token, accessExpiresMs: expiresMs, refreshToken, cookie, isRegional: true };
}

const wrong = (): JzseError =>
  new JzseError('wrong-credentials', 'this is not right, or not any more: check name and password, or sign in again');
