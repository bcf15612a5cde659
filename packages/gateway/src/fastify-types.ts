import type { Registry } from 'prom-client';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. Absent means `token`: a route is closed until it says otherwise. */
    access?: 'public' | 'token';
  }
  interface FastifyInstance {
    /** Where an app registers metrics of its own; `/metrics` shows them. */
    metrics: Registry;
  }
}
