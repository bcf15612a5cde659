import fastifyStatic from '@fastify/static';
import fastify from 'fastify';

/** A folder served by @fastify/static. Argument: the folder. Prints its URL. */
const server = fastify();
await server.register(fastifyStatic, { root: process.argv[2] ?? '' });
process.stdout.write(`${await server.listen({ port: 0, host: '127.0.0.1' })}\n`);
