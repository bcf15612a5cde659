import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

const transportSecurityS = 365 * 86_400;
const nothingOfTheDevice = 'camera=(), microphone=(), geolocation=(), payment=(), usb=()';

/** Headers for a page that a server serves from itself: its own scripts, nobody else's frames. */
export async function addSecurityHeaders(app: FastifyInstance, { isTls }: { readonly isTls: boolean }): Promise<void> {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('permissions-policy', nothingOfTheDevice);
    done();
  });
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'script-src': ["'self'"],
        // Mantine writes its theme into style elements and attributes.
        'style-src': ["'self'", "'unsafe-inline'"],
        // Previews of files that are being dropped in.
        'img-src': ["'self'", 'blob:', 'data:'],
        'media-src': ["'self'", 'blob:'],
        'font-src': ["'self'", 'data:'],
        'connect-src': ["'self'"],
        'worker-src': ["'self'", 'blob:'],
        'object-src': ["'none'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
      },
    },
    // Over plain http a browser must ignore it, and a proxy that ends TLS knows better than we do.
    strictTransportSecurity: isTls ? { maxAge: transportSecurityS, includeSubDomains: false } : false,
    frameguard: { action: 'deny' },
  });
}
