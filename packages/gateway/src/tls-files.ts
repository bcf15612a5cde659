import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { Server } from 'node:https';
import { createSecureContext } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { trustCertificate } from './tls-certificate.ts';

/** PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}
export interface TlsConfig {
  /** `fleet`: by the hub's own authority; the server gets its certificate when it runs. */
  readonly tls: 'files' | 'fleet';
  /** Files; both or none. */
  readonly tlsCert: string | null;
  readonly tlsKey: string | null;
}

/** A certificate that was renewed counts after this long at most. */
const lookEveryMs = 2_000;

/** Null: no TLS is set up. Throws when the files cannot be read, or do not belong together. */
export function readTls({ tlsCert, tlsKey }: Omit<TlsConfig, 'tls'>): TlsPair | null {
  if (tlsCert === null && tlsKey === null) return null;
  if (tlsCert === null || tlsKey === null) throw new Error('JZSE_TLS_CERT and JZSE_TLS_KEY go together: set both or none');
  const pair = { cert: readFileSync(tlsCert, 'utf8'), key: readFileSync(tlsKey, 'utf8') };
  createSecureContext(pair);
  return pair;
}

/** Takes over a certificate that is renewed while the server runs, for connections that come from then on; one that is no good is told and left alone. Answers how to stop. */
export function followTls(app: FastifyInstance, config: TlsConfig, logger: Pick<Logger, 'info' | 'error'>): () => void {
  const { server } = app;
  const files = [config.tlsCert, config.tlsKey].filter((file) => file !== null);
  const take = (): void => {
    try {
      const pair = readTls(config);
      if (pair === null || !(server instanceof Server)) return;
      server.setSecureContext(pair);
      logger.info({ files }, 'a renewed certificate counts from now on');
    } catch (cause) {
      logger.error({ err: cause, files }, 'the renewed certificate cannot be used; the one from before still counts');
    }
  };
  for (const file of files) watchFile(file, { interval: lookEveryMs }, take);
  return () => {
    for (const file of files) unwatchFile(file, take);
  };
}

/** Makes certificates of an authority count, beside those that count anyway, for every call that this process makes from now on. */
export function trustAuthority(file: string | null): void {
  if (file !== null) trustCertificate(readFileSync(file, 'utf8'));
}
