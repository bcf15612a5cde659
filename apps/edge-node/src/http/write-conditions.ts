import type { IncomingHttpHeaders } from 'node:http';
import { JzseError } from '@jzse/api';
import type { Hash } from '@jzse/sync';
import type { VersionMatch, WriteCondition } from '../write/decide-write.ts';

/** `If-Match` and `If-None-Match` of a request that changes something. */
export const writeConditionOf = (headers: IncomingHttpHeaders): WriteCondition => ({
  ifMatch: versionsOf(headers['if-match']),
  ifNoneMatch: versionsOf(headers['if-none-match']),
});

/** A weak tag names no version: it never matches here (RFC 9110 section 13.1.1). */
function versionsOf(header: string | undefined): VersionMatch | null {
  if (header === undefined) return null;
  if (header.trim() === '*') return 'any';
  return [...header.matchAll(/(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/g)].filter((tag) => tag[1] === undefined).map((tag) => tag[2] ?? '');
}

/**
 * SHA-256 that the sender states for the whole body, in `Repr-Digest` or `Content-Digest` (RFC 9530); null if in neither.
 * Other algorithms are passed over. Throws `invalid-input` for one that cannot be read, or two that differ.
 */
export function statedHash(headers: IncomingHttpHeaders): Hash | null {
  const stated = [headers['repr-digest'], headers['content-digest']].flatMap((header) => sha256In(header?.toString()));
  if (new Set(stated).size > 1) throw new JzseError('invalid-input', 'Repr-Digest and Content-Digest differ; the body is sent as it is');
  return stated[0] ?? null;
}

function sha256In(header: string | undefined): Hash[] {
  if (header === undefined) return [];
  const member = header.split(',').find((part) => /^\s*sha-256\s*=/i.test(part));
  if (member === undefined) return [];
  const base64 = /=\s*:([A-Za-z0-9+/]{43}=):\s*(?:;.*)?$/.exec(member)?.[1];
  if (base64 === undefined) throw new JzseError('invalid-input', 'a digest is written as sha-256=:<base64>:');
  return [Buffer.from(base64, 'base64').toString('hex') as Hash];
}

/** `Content-Length`; null for a body in pieces. */
export const lengthOf = (headers: IncomingHttpHeaders): number | null => {
  const length = headers['content-length'];
  if (headers['transfer-encoding'] !== undefined) return null;
  return length === undefined ? 0 : Number(length);
};
