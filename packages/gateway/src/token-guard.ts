import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import { JzseError, type Principal } from '@jzse/api';
import type { Guard } from './guard.ts';

const owner: Principal = {
  type: 'user',
  user: 'owner',
  device: 'token',
  isAdmin: true,
  session: null,
  token: null,
  scopes: null,
  spaces: null,
  isRegional: false,
  issuedMs: 0,
};

/** One token for everything: whoever has it is one and the same person. */
export function createTokenGuard(token: string): Guard {
  const session = sessionValueOf(token);
  const isToken = secretMatcher(token);
  const isSession = secretMatcher(session);
  const refuse = (): never => {
    throw new JzseError('unauthenticated', 'send the token as "Authorization: Bearer …", or sign in');
  };
  return {
    bearer: async (given) => (isToken(given) ? owner : refuse()),
    cookie: async (value) => (isSession(value) ? owner : refuse()),
    openSession: async (body) => {
      if (!isToken(tokenIn(body))) throw new JzseError('unauthenticated', 'this is not the token of this server');
      return { value: session, maxAgeS: null };
    },
    closeSession: async () => undefined,
    allow: async (principal, rule) => {
      if (rule.who !== 'anyone' && principal.type === 'anonymous') refuse();
    },
  };
}

/** The cookie does not carry the token itself: what a browser keeps cannot be used as a bearer token. */
function sessionValueOf(token: string): string {
  return createHmac('sha256', token).update('jzse session 1').digest('base64url');
}

/** Compares digests, so that neither content nor length shows in the time it takes. */
function secretMatcher(secret: string): (given: string) => boolean {
  const digest = hash('sha256', secret, 'buffer');
  return (given) => timingSafeEqual(hash('sha256', given, 'buffer'), digest);
}

function tokenIn(body: unknown): string {
  const token = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined;
  if (typeof token !== 'string') throw new JzseError('invalid-input', 'send {"token": "…"} as JSON');
  return token;
}
