import type { FastifyReply, FastifyRequest } from 'fastify';
import { logError } from './handle-errors.ts';
import { toJzseError } from './problem.ts';

export interface Refused {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly cause: unknown;
}

/** For steps that a browser takes by itself: what failed is logged and kept account of as ever, and a page says its code to the person. */
export function redirectRefused({ request, reply, cause }: Refused, page: (code: string) => string): FastifyReply {
  const coded = toJzseError(cause);
  logError(coded, request, reply);
  if (coded.code === 'wrong-credentials') request.server.rateLimits.chargeGuess(request);
  return reply.header('cache-control', 'no-store').redirect(page(coded.code), 302);
}

/** The page of an edge that asks for a name, with what it says first. */
export const signInErrorPage = (url: string, code: string): string => `${url.replace(/\/+$/, '')}/#signin-error=${code}`;
