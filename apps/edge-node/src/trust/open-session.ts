import { JzseError } from '@jzse/api';
import type { RegionalSessions } from '@jzse/db/region';
import { formatCookie, newId, newSecret, secretHash, sessionOfCookie } from '@jzse/identity';
import { z } from 'zod';
import type { DirectoryView } from './directory-view.ts';
import type { FindCaller } from './find-caller.ts';
import type { SignInServices } from './sign-in.ts';

/** Sign-ins of browsers, which keep them in a cookie that no script can read. */
export interface CookieSessions {
  /** `{token}`, or `{user, password, code?, device?}`. Throws `invalid-input`, `unauthenticated`, and what signing in throws. */
  open(body: unknown, address: string): Promise<{ readonly value: string; readonly maxAgeS: number | null }>;
  close(value: string): Promise<void>;
}
export interface CookieSessionsDeps {
  readonly callers: FindCaller;
  readonly signIn: SignInServices;
  readonly sessions: RegionalSessions;
  readonly view: Pick<DirectoryView, 'find'>;
  readonly nowMs: () => number;
}

const tokenSessionMs = 30 * 86_400_000;
const cookieAgeS = 30 * 86_400;
const expiredPerStep = 100;

const body = z.union([
  z.object({ token: z.string().min(1).max(1000) }),
  z.object({
    user: z.string().min(1).max(200),
    password: z.string().min(1).max(1000),
    code: z.string().max(20).nullable().default(null),
    device: z.string().min(1).max(100).default('browser'),
  }),
]);

export function createCookieSessions(deps: CookieSessionsDeps): CookieSessions {
  return {
    open: async (given, address) => {
      const parsed = body.safeParse(given);
      if (!parsed.success) throw new JzseError('invalid-input', 'send {"token": "…"} or {"user": "…", "password": "…"} as JSON');
      if ('token' in parsed.data) return { value: await openForToken(deps, parsed.data.token), maxAgeS: null };
      const { cookie } = await deps.signIn.signIn({ ...parsed.data, wants: 'cookie', address });
      if (cookie === null) throw new JzseError('internal', 'no cookie came of this sign-in');
      return { value: cookie, maxAgeS: cookieAgeS };
    },
    close: async (value) => {
      const id = sessionOfCookie(value);
      const session = id === null ? null : (deps.sessions.find(id) ?? deps.view.find('session', id));
      // Whoever only knows the id ends nobody's session.
      if (session?.cookieHash === secretHash(value)) await deps.signIn.signOut(session.id);
    },
  };
}

/** The cookie does not carry the token itself: what a browser keeps cannot be used as a bearer token, and ends by itself. */
async function openForToken({ callers, sessions, nowMs }: CookieSessionsDeps, token: string): Promise<string> {
  const holder = callers.tokenHolder(token);
  if (holder === null) throw new JzseError('unauthenticated', 'this token does not count here: take another one, or sign in by name');
  await sessions.expire(nowMs(), expiredPerStep);
  const id = newId();
  const cookie = formatCookie(id, newSecret());
  const { user, device } = holder;
  const times = { createdMs: nowMs(), expiresMs: nowMs() + tokenSessionMs };
  await sessions.open({ id, user, device, token: holder.token, cookieHash: secretHash(cookie), refreshHash: null, ...times });
  return cookie;
}
