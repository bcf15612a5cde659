import type { AccessRule, Principal } from '@jzse/api';
import type { SpaceId } from '@jzse/sync';
import type { FastifyRequest } from 'fastify';

/** What a call is about, for rules that need to know: the space, and the paths in it that are touched. */
export interface AccessTarget {
  readonly space: SpaceId | null;
  /** The region that the input names, where it does. */
  readonly region: string | null;
  readonly paths: readonly string[];
}

/**
 * Finds out who calls, and decides what they may; each server brings its own. All of it throws `JzseError`: `unauthenticated`,
 * `wrong-credentials`, `second-factor-needed`, `region-cut-off`, `forbidden`, and `unknown-space` or `unknown-path` where the caller must
 * not even learn that there is something.
 */
export interface Guard {
  bearer(token: string, request: FastifyRequest): Promise<Principal>;
  /** The value of the page's cookie. */
  cookie(value: string, request: FastifyRequest): Promise<Principal>;
  /** For `POST /session`: what was presented there becomes the value of a cookie. */
  openSession(body: unknown, request: FastifyRequest): Promise<{ readonly value: string; readonly maxAgeS: number | null }>;
  closeSession(value: string): Promise<void>;
  allow(principal: Principal, rule: AccessRule, target: AccessTarget): Promise<void>;
}

export const aboutNothing: AccessTarget = { space: null, region: null, paths: [] };
