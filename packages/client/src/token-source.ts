import { JzseError } from '@jzse/api';
import { toJzseError } from './errors.ts';

/** Where the tokens of calls come from. */
export interface TokenSource {
  /** For the next call; null: it goes without. Throws if none can be had. */
  current(): Promise<string | null>;
  /** A server did not take this one. Resolves with whether there is another now. */
  refused(token: string): Promise<boolean>;
}

export function fixedToken(token: string | null): TokenSource {
  return { current: async () => token, refused: async () => false };
}

/** For programs that get their tokens elsewhere. `ask` is told which token a server did not take. */
export function askedTokens(ask: (refused: string | null) => Promise<string>): TokenSource {
  let last: string | null = null;
  return {
    current: async () => {
      last ??= await ask(null);
      return last;
    },
    refused: async (token) => {
      if (last === token) last = await ask(token);
      return last !== token;
    },
  };
}

/** What a person's sign-in left. Times: ms since 1970. */
export interface SessionTokens {
  readonly accessToken: string;
  readonly accessExpiresMs: number;
  readonly refreshToken: string;
}
export interface SessionTokenDeps {
  /** Null: nobody has signed in yet. */
  readonly session: SessionTokens | null;
  readonly refresh: (refreshToken: string) => Promise<SessionTokens>;
  /** Null: there is nothing to sign in with again. */
  readonly signIn: (() => Promise<SessionTokens>) | null;
  /** A refresh token is good once: whoever keeps the session has to keep this one in its place. */
  readonly onRenewed: (session: SessionTokens) => void | Promise<void>;
  readonly nowMs: () => number;
}

/** A token that ends sooner is renewed before it is used. */
const renewBeforeMs = 60_000;

/** Tokens of a session: renewed before they expire and when one is refused, once for all calls that wait for it. */
export function sessionTokens(deps: SessionTokenDeps): TokenSource {
  const { nowMs } = deps;
  let session = deps.session;
  let renewing: Promise<SessionTokens> | null = null;
  const renew = (): Promise<SessionTokens> => {
    renewing ??= renewed(deps, session)
      .then(async (next) => {
        session = next;
        await deps.onRenewed(next);
        return next;
      })
      .finally(() => {
        renewing = null;
      });
    return renewing;
  };
  return {
    current: async () => {
      if (session !== null && session.accessExpiresMs - nowMs() > renewBeforeMs) return session.accessToken;
      try {
        return (await renew()).accessToken;
      } catch (error) {
        // Good for a moment still: who renews it may be back by then.
        if (session === null || session.accessExpiresMs <= nowMs() || isOver(error)) throw error;
        return session.accessToken;
      }
    },
    refused: async (token) => {
      if (session?.accessToken !== token) return session !== null;
      try {
        await renew();
        return true;
      } catch (error) {
        if (isOver(error)) return false;
        throw error;
      }
    },
  };
}

async function renewed({ refresh, signIn }: SessionTokenDeps, session: SessionTokens | null): Promise<SessionTokens> {
  if (session === null) {
    if (signIn === null) throw new JzseError('unauthenticated', 'nobody is signed in');
    return signIn();
  }
  try {
    return await refresh(session.refreshToken);
  } catch (error) {
    if (signIn === null || !isOver(error)) throw error;
    return signIn();
  }
}

/** The session itself has ended, or is one of another region. */
function isOver(error: unknown): boolean {
  const known = toJzseError(error);
  return known instanceof JzseError && (known.code === 'wrong-credentials' || known.code === 'unauthenticated');
}
