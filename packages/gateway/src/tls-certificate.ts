import { createHash, X509Certificate } from 'node:crypto';
import { Server } from 'node:https';
import { isIP } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { TlsPair } from './tls-files.ts';

/** SHA-256 of what the PEM stands for, in hexadecimal; as `sed /-----/d | base64 -d | sha256sum` says it. */
export const fingerprintOf = (pem: string): string =>
  createHash('sha256')
    .update(Buffer.from(pem.replace(/-----[^-]+-----/g, ''), 'base64'))
    .digest('hex');

/** Two thirds of its time are over. */
export function isRenewalDue(pem: string, nowMs: number): boolean {
  const { validFromDate, validToDate } = new X509Certificate(pem);
  return nowMs >= validFromDate.getTime() + ((validToDate.getTime() - validFromDate.getTime()) * 2) / 3;
}

/** The server of this address is the one that the certificate is for. */
export function isCertificateFor(pem: string, url: string): boolean {
  const certificate = new X509Certificate(pem);
  const host = hostOf(url);
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined;
}

/** Name or address, without the brackets that a URL writes around some. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');

/** For connections that come from now on. Throws when the two do not belong together. */
export function serveWith({ server }: Pick<FastifyInstance, 'server'>, pair: TlsPair): void {
  if (server instanceof Server) server.setSecureContext(pair);
}

/** Makes certificates of an authority (PEM) count, beside those that count anyway, for every call that this process makes from now on. */
export const trustCertificate = (pem: string): void => setDefaultCACertificates([...getCACertificates('default'), pem]);
