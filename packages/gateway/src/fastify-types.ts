import type { AccessRule, Principal } from '@jzse/api';
import type { Registry } from 'prom-client';
import type { AccessTarget } from './guard.ts';
import type { RateLimits } from './limit-rates.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route: a route without it cannot be added. */
    access?: AccessRule;
    /** What a request is about, where the rule depends on it. */
    target?: (request: FastifyRequest) => AccessTarget | Promise<AccessTarget>;
    /** Open to strangers, but who calls is found out if they say it. */
    heedsCaller?: boolean;
    /** Answers whatever happens: no rate and no name is asked. */
    isVital?: boolean;
    /** How many calls a request makes; by default one. */
    calls?: (request: FastifyRequest) => number;
  }
  interface FastifyRequest {
    principal: Principal;
    /** Why the caller's credentials do not count, where strangers are welcome too. */
    refusedFor: unknown;
  }
  interface FastifyInstance {
    /** Of every route that was added, by method and address: `PUT /files/*`. */
    routeRules: Map<string, AccessRule>;
    /** Where an app registers metrics of its own; `/metrics` shows them. */
    metrics: Registry;
    /** For whoever finds a wrong credential that the guard did not see. */
    rateLimits: Pick<RateLimits, 'chargeGuess'>;
  }
}
