import { JzseError } from '@jzse/api';
import type { AccessTarget } from '@jzse/gateway';
import type { SpaceId } from '@jzse/sync';
import { checkName, isSlug, joinPath, pathBytesMax } from '@jzse/sync';
import type { FastifyRequest } from 'fastify';

export interface FileUrl {
  readonly space: SpaceId;
  /** Names from the top of the space; empty for the top itself. */
  readonly names: readonly string[];
  /** The same as text: `/plans/report.pdf`, `/` for the top. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const prefix = '/files/';

/** What a request about a file is about, for the rules of access. */
export function fileTarget({ raw }: FastifyRequest): AccessTarget {
  const { space, path } = parseFileUrl(raw.url ?? '');
  return { space, region: null, paths: [path] };
}

/**
 * What `/files/<space>/<path>?<query>` names, read from the URL as it came over the wire, so that no router has decoded,
 * merged or cut anything before names are checked. One trailing slash is fine; an empty name is not.
 * Throws `invalid-name` (bad percent-encoding, not UTF-8, `..`, encoded slash or backslash, control characters, too long)
 * and `unknown-space` for what cannot be a space.
 */
export function parseFileUrl(rawUrl: string): FileUrl {
  const mark = rawUrl.indexOf('?');
  const location = mark === -1 ? rawUrl : rawUrl.slice(0, mark);
  if (!location.startsWith(prefix)) throw new JzseError('invalid-input', 'the address must start with /files/<space>/');
  const [space = '', ...rest] = location.slice(prefix.length).replace(/\/$/, '').split('/').map(decodeSegment);
  if (!isSlug(space)) throw new JzseError('unknown-space', 'there is no such space', { detail: { space } });
  for (const name of rest) {
    const problem = checkName(name);
    if (problem !== null) throw new JzseError('invalid-name', problem);
  }
  const path = joinPath(rest);
  if (Buffer.byteLength(path) > pathBytesMax) throw new JzseError('invalid-name', `a path must not be longer than ${pathBytesMax} bytes`);
  return { space: space as SpaceId, names: rest, path, query: new URLSearchParams(mark === -1 ? '' : rawUrl.slice(mark + 1)) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Bytes, then UTF-8: `decodeURIComponent` alone would say nothing of what is wrong. */
export function decodeSegment(segment: string): string {
  if (/%(?![0-9a-fA-F]{2})/.test(segment)) throw new JzseError('invalid-name', 'a % in an address must be followed by two hex digits');
  const bytes = segment.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'));
  } catch (cause) {
    throw new JzseError('invalid-name', 'a name in an address must be UTF-8', { cause });
  }
}
