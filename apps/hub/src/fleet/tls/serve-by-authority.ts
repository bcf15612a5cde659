import { generateKeyPairSync } from 'node:crypto';
import { hostOf, isRenewalDue, serveWith } from '@jzse/gateway';
import type { FastifyInstance } from 'fastify';
import type { FleetAuthority } from './fleet-authority.ts';

export interface ServedHub {
  readonly url: string | null;
  readonly host: string;
}
export interface ServeByAuthorityDeps {
  readonly authority: FleetAuthority;
  readonly hub: ServedHub;
  readonly nowMs: () => number;
}

const lookEveryMs = 60 * 60_000;
const everyAddress = new Set(['0.0.0.0', '::']);

/** The hub's own certificate, for connections from now on, and a new one in time. Answers how to stop. */
export function serveByAuthority(app: FastifyInstance, { authority, hub, nowMs }: ServeByAuthorityDeps): () => void {
  const names = namesOf(hub);
  const renew = (): string => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    const cert = authority.certify({ subject: 'JzSE hub', publicKey: spki, names });
    serveWith(app, { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() });
    return cert;
  };
  let cert = renew();
  const timer = setInterval(() => {
    if (isRenewalDue(cert, nowMs())) cert = renew();
  }, lookEveryMs).unref();
  return () => clearInterval(timer);
}

/** As what it is called: by its address for others, and by the one that it listens on. */
export function namesOf({ url, host }: ServedHub): string[] {
  const own = everyAddress.has(host) ? ['localhost', '127.0.0.1'] : [host];
  return [...new Set([...(url === null ? [] : [hostOf(url)]), ...own])];
}
