import { JzseError } from '@jzse/api';
import { checkName } from '@jzse/sync';
import type { FastifyRequest } from 'fastify';
import type { LinkAsked } from '../trust/links.ts';
import { decodeSegment } from './file-path.ts';

export interface LinkUrl extends LinkAsked {
  /** Below where the link leads. */
  readonly names: readonly string[];
  readonly query: URLSearchParams;
}

export const linkCookie = 'jzse_link';
const idPattern = /^[a-zA-Z0-9_-]{1,64}$/;
const secretPattern = /^[A-Za-z0-9_-]{1,100}$/;

/** `/l/<id>/<secret>/<names…>`, read from the URL as it came over the wire. Throws `unknown-path`, `invalid-name`. */
export function parseLinkUrl({ raw, headers }: FastifyRequest): LinkUrl {
  const [location = '', query = ''] = (raw.url ?? '').split(/\?(.*)/s, 2);
  const [id = '', secret = '', ...rest] = location.slice('/l/'.length).replace(/\/$/, '').split('/');
  if (!idPattern.test(id) || !secretPattern.test(secret)) throw new JzseError('unknown-path', 'there is no such link');
  const names = rest.map(decodeSegment);
  for (const name of names) {
    const problem = checkName(name);
    if (problem !== null) throw new JzseError('invalid-name', problem);
  }
  return { id, secret, names, query: new URLSearchParams(query), cookie: cookieIn(headers.cookie) };
}

function cookieIn(header: string | undefined): string | null {
  const pair = header
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${linkCookie}=`));
  return pair === undefined ? null : pair.slice(linkCookie.length + 1);
}
