import type { Hash } from '@jzse/sync';
import type { ReadableVersion } from '../read/readable-version.ts';
import { contentTypeOf, isActive } from './media-type.ts';
import type { Validators } from './preconditions.ts';

/** The ETag of a version; the same in every region. */
export const etagOf = (version: string): string => `"${version}"`;

export const validatorsOf = (file: ReadableVersion): Validators => ({ etag: etagOf(file.version), modifiedMs: file.committedMs });

/** Headers that say which version this is; on 200, 206 and 304 alike. */
export function validatorHeaders(file: ReadableVersion): Record<string, string> {
  return {
    etag: etagOf(file.version),
    // Kept by a browser, asked for each time: another version may be shown by then.
    'cache-control': 'private, no-cache',
    ...(file.committedMs === null ? {} : { 'last-modified': new Date(file.committedMs).toUTCString() }),
  };
}

/** Headers about the bytes. A stored page or drawing is shown in a sandbox, so that it cannot act for its viewer. */
export function contentHeaders(file: ReadableVersion, options: { readonly isDownload: boolean }): Record<string, string> {
  const type = contentTypeOf(file);
  return {
    'content-type': type,
    'content-disposition': dispositionOf(file.name, options.isDownload ? 'attachment' : 'inline'),
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    'repr-digest': digestOf(file.content.hash),
    ...(isActive(type) ? { 'content-security-policy': 'sandbox' } : {}),
  };
}

/** RFC 9530: of the whole version, also when a range of it is sent. */
const digestOf = (hash: Hash): string => `sha-256=:${Buffer.from(hash, 'hex').toString('base64')}:`;

/** RFC 6266: a plain name for old clients, and the real one as RFC 8187 has it. */
function dispositionOf(name: string, how: 'inline' | 'attachment'): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return plain === name ? `${how}; filename="${plain}"` : `${how}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
