import type { ErrorCode } from '@jzse/api';
import type { FastifyRequest } from 'fastify';

const failures = new WeakMap<FastifyRequest, ErrorCode>();

/** Why a request was refused, for whoever looks when it is answered. */
export const noteFailure = (request: FastifyRequest, code: ErrorCode): void => void failures.set(request, code);
export const failureOf = (request: FastifyRequest): ErrorCode | null => failures.get(request) ?? null;
