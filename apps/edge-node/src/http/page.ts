import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** Hashed names: a file of this name never changes. */
const assetAgeMs = 365 * 86_400_000;
const publicRoute = { config: { access: { who: 'anyone' as const } } };

/**
 * The browser page: `/`, its places `/s/<space>/…` (all the same document) and `/assets/…`. Public, since it holds no data;
 * what it shows it asks for with the session. Without a build there is a sentence that says how to make one.
 */
export async function registerPage(app: FastifyInstance, folder: string): Promise<void> {
  if (!existsSync(join(folder, 'index.html'))) {
    const missing = 'The page of this edge is not built: run `npm run build:web`.\n';
    app.get('/', publicRoute, (_request, reply) => reply.code(503).type('text/plain; charset=utf-8').send(missing));
    return;
  }
  await app.register(fastifyStatic, { root: folder, serve: false });
  for (const route of ['/', '/s/*']) {
    app.get(route, publicRoute, (_request, reply) =>
      reply.sendFile('index.html', { cacheControl: false }).header('cache-control', 'no-cache'),
    );
  }
  app.get('/assets/*', publicRoute, (request, reply) => {
    const { '*': name } = request.params as { readonly '*': string };
    return reply.sendFile(join('assets', name), { immutable: true, maxAge: assetAgeMs });
  });
  app.get('/favicon.svg', publicRoute, (_request, reply) => reply.sendFile('favicon.svg'));
}
