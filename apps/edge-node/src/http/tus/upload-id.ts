import type { FastifyRequest } from 'fastify';

export const uploadIdOf = (request: FastifyRequest): string => (request.params as { readonly id: string }).id;
