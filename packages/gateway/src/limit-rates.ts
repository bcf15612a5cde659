import { JzseError, type Principal } from '@jzse/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { addressKey } from './address-key.ts';
import type { Guard } from './guard.ts';
import { createRateLimiter, type RateLimit, type RateLimiter, type Taken } from './rate-limiter.ts';

/** Requests that callers may make; null is no limit. Calls in one tRPC batch count one each. */
export interface Rates {
  /** Of an address, whoever calls from it: a whole office may stand behind one. */
  readonly address: RateLimit | null;
  /** Of an address, by callers who do not say who they are. A wrong credential counts as `guessPoints` requests. */
  readonly anonymous: RateLimit | null;
  /** Of a person, with all sessions and tokens. */
  readonly user: RateLimit | null;
  /** Of one session or API token: no program takes all that its person may. */
  readonly token: RateLimit | null;
  /** Of everybody who holds one share link. */
  readonly link: RateLimit | null;
}
export const defaultRates: Rates = {
  address: { points: 1_200_000, windowS: 60 },
  anonymous: { points: 6_000, windowS: 60 },
  user: { points: 600_000, windowS: 60 },
  token: { points: 600_000, windowS: 60 },
  link: { points: 6_000, windowS: 60 },
};
const guessPoints = 20;
/** Of each limit: some 100 bytes each. */
const keysMax = 50_000;

type Kind = keyof Rates;
interface Use extends Taken {
  readonly kind: Kind;
}
/** Who is asked to wait hears which of the limits it is. */
const nameOf: Readonly<Record<Kind, string>> = {
  address: 'from this address',
  anonymous: 'from this address without signing in',
  user: 'of this person',
  token: 'with this session or token',
  link: 'with this link',
};

export interface RateLimits {
  /** First of all hooks: before anyone is asked who calls. */
  takeOfAddress(request: FastifyRequest, reply: FastifyReply): void;
  /** After it is known who calls. Regions, which prove that they are some, are not limited. */
  takeOfCaller(request: FastifyRequest, reply: FastifyReply): void;
  /** A credential was wrong. */
  chargeGuess(request: FastifyRequest): void;
  /** The guard, but guessing costs: whoever has guessed too often hears `too-many-requests`; who knows a credential is never kept out. */
  guarded(guard: Guard): Guard;
}

export function createRateLimits(rates: Rates, nowMs: () => number): RateLimits {
  const limiters = new Map<Kind, RateLimiter>();
  for (const [kind, limit] of Object.entries(rates) as [Kind, RateLimit | null][]) {
    if (limit !== null) limiters.set(kind, createRateLimiter({ limit, keysMax, nowMs }));
  }
  const policies = new Map([...limiters].map(([kind, { limit }]) => [kind, `"${kind}";q=${limit.points};w=${limit.windowS}`] as const));
  const used = new WeakMap<FastifyRequest, Use>();

  const take = (kind: Kind, key: string, points: number): Use | null => {
    const taken = limiters.get(kind)?.take(key, points);
    return taken === undefined ? null : { kind, ...taken };
  };
  const tell = (reply: FastifyReply, uses: readonly Use[]): void => {
    if (uses.length === 0) return;
    reply.header('ratelimit-policy', uses.map(({ kind }) => policies.get(kind)).join(', '));
    reply.header('ratelimit', uses.map(({ kind, left, restMs }) => `"${kind}";r=${left};t=${seconds(restMs)}`).join(', '));
    const refused = uses.find(({ waitMs }) => waitMs > 0);
    if (refused !== undefined) throw tooMany(refused);
  };
  const addressOf = (request: FastifyRequest): string => addressKey(request.ip);
  const guess = (request: FastifyRequest): void => {
    const refused = take('anonymous', addressOf(request), guessPoints);
    if (refused !== null && refused.waitMs > 0) throw tooMany(refused);
  };

  return {
    takeOfAddress: (request, reply) => {
      if (isUnlimited(request)) return;
      const use = take('address', addressOf(request), costOf(request));
      if (use === null) return;
      if (use.waitMs > 0) tell(reply, [use]);
      used.set(request, use);
    },
    takeOfCaller: (request, reply) => {
      if (isUnlimited(request)) return;
      const points = costOf(request);
      const { principal } = request;
      if (principal.type === 'region') {
        limiters.get('address')?.giveBack(addressOf(request), points);
        return;
      }
      const uses = keysOf(principal, addressOf(request)).map(([kind, key]) => take(kind, key, points));
      tell(
        reply,
        [used.get(request) ?? null, ...uses].filter((use) => use !== null),
      );
    },
    chargeGuess: (request) => limiters.get('anonymous')?.charge(addressOf(request), guessPoints),
    guarded: (guard) =>
      guardAgainstGuesses(guard, { guess, giveBack: (request) => limiters.get('anonymous')?.giveBack(addressOf(request), guessPoints) }),
  };
}

/** `rates` as hooks, and on the app for whoever finds a wrong credential later. */
export function limitRates(app: FastifyInstance, limits: RateLimits): { readonly addCallerHook: () => void } {
  app.decorate('rateLimits', limits);
  app.addHook('onRequest', (request, reply, done) => {
    limits.takeOfAddress(request, reply);
    done();
  });
  return {
    addCallerHook: () => {
      app.addHook('onRequest', (request, reply, done) => {
        limits.takeOfCaller(request, reply);
        done();
      });
    },
  };
}

interface Guesses {
  /** Throws when there were too many. */
  readonly guess: (request: FastifyRequest) => void;
  readonly giveBack: (request: FastifyRequest) => void;
}

function guardAgainstGuesses(guard: Guard, { guess, giveBack }: Guesses): Guard {
  const finding = async (request: FastifyRequest, found: Promise<Principal>): Promise<Principal> => {
    try {
      return await found;
    } catch (error) {
      if (isWrong(error)) guess(request);
      throw error;
    }
  };
  return {
    ...guard,
    bearer: (token, request) => finding(request, guard.bearer(token, request)),
    cookie: (value, request) => finding(request, guard.cookie(value, request)),
    // To check a password is dear: it is paid for before.
    openSession: async (body, request) => {
      guess(request);
      const session = await guard.openSession(body, request);
      giveBack(request);
      return session;
    },
  };
}

const isWrong = (error: unknown): boolean =>
  error instanceof JzseError && (error.code === 'unauthenticated' || error.code === 'wrong-credentials');

const isUnlimited = (request: FastifyRequest): boolean => request.routeOptions.config?.isVital === true;
const costOf = (request: FastifyRequest): number => request.routeOptions.config?.calls?.(request) ?? 1;

function keysOf(principal: Principal, address: string): readonly (readonly [Kind, string])[] {
  switch (principal.type) {
    case 'anonymous':
      return [['anonymous', address]];
    case 'link':
      return [['link', principal.link]];
    case 'user': {
      const narrower = principal.token ?? principal.session;
      return narrower === null
        ? [['user', principal.user]]
        : [
            ['user', principal.user],
            ['token', narrower],
          ];
    }
    case 'region':
      return [];
  }
}

function tooMany({ kind, waitMs }: Use): JzseError {
  const retryAfterS = Math.max(1, seconds(waitMs));
  return new JzseError('too-many-requests', `too many requests ${nameOf[kind]}: try again in ${retryAfterS} s`, {
    detail: { limit: kind, retryAfterS },
  });
}

const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000 - 1e-6));
