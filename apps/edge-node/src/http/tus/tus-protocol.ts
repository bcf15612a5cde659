import type { IncomingHttpHeaders } from 'node:http';
import { JzseError } from '@jzse/api';
import type { FastifyReply } from 'fastify';
import type { UploadProgress } from '../../write/uploads/advance-upload.ts';
import type { Checksum } from '../../write/uploads/checksum.ts';
import { checksumAlgorithms } from '../../write/uploads/checksum.ts';
import { versionHeaders } from '../put-file.ts';

export const tusVersion = '1.0.0';
export const tusPath = '/tus';
export const partMediaType = 'application/offset+octet-stream';
export const tusExtensions = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'termination',
  'checksum',
  'expiration',
  'concatenation',
] as const;

/** Throws `tus-version`; the answer must carry `Tus-Version` then. */
export function checkTusVersion(headers: IncomingHttpHeaders): void {
  if (headers['tus-resumable'] === tusVersion) return;
  throw new JzseError('tus-version', `send Tus-Resumable: ${tusVersion}`);
}

/** A count of bytes in a header; null if it is not there. Throws `invalid-input`. */
export function bytesIn(headers: IncomingHttpHeaders, name: string): number | null {
  const text = headers[name]?.toString();
  if (text === undefined) return null;
  const bytes = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(bytes)) return bytes;
  throw new JzseError('invalid-input', `${name} must be a number of bytes`);
}

/** `Upload-Checksum: sha1 <base64>`. Throws `invalid-input`. */
export function checksumIn(headers: IncomingHttpHeaders): Checksum | null {
  const text = headers['upload-checksum']?.toString();
  if (text === undefined) return null;
  const [name, base64 = ''] = text.trim().split(' ');
  const algorithm = checksumAlgorithms.find((known) => known === name);
  if (algorithm === undefined || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) {
    throw new JzseError('invalid-input', `Upload-Checksum must be one of ${checksumAlgorithms.join(', ')}, and the digest in base64`);
  }
  return { algorithm, digest: Buffer.from(base64, 'base64') };
}

/** Whether the request brings bytes of the upload. Throws `unsupported-media-type` for bytes of any other kind. */
export function bringsPart(headers: IncomingHttpHeaders): boolean {
  if (headers['content-type'] === partMediaType) return true;
  const isEmpty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
  if (isEmpty) return false;
  throw new JzseError('unsupported-media-type', `bytes of an upload are sent as ${partMediaType}`);
}

/** Where the upload stands, and what it became. */
export function progressHeaders(reply: FastifyReply, { row, outcome }: UploadProgress): FastifyReply {
  return reply.headers({
    'upload-offset': String(row.offset),
    'upload-expires': new Date(row.expiresAtMs).toUTCString(),
    ...(outcome === null ? {} : { ...versionHeaders(outcome), 'jzse-space': row.space }),
  });
}
