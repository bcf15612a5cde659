import { type DescribeRequest, type Happened, sessionRoutes } from '@jzse/gateway';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { parseFileUrl } from '../http/file-path.ts';
import { parseLinkUrl } from '../http/link-path.ts';

/** By what they are about; addresses are read again, since whoever refused them may not have. */
type Place = Pick<Happened, 'space' | 'target'>;

const at =
  (action: string): DescribeRequest =>
  (request) => ({ action, ...filePlace(request) });

/** Content goes out with a length or in parts, under the version's tag; a folder's page has none. */
const readFile: DescribeRequest = (request, reply, result) =>
  result === 'ok' && (!isContent(reply) || reply.getHeader('etag') === undefined)
    ? null
    : readUnlessMissing({ action: 'file.read', ...filePlace(request) }, result);

const isContent = ({ statusCode }: FastifyReply): boolean => statusCode === 200 || statusCode === 206;

/** Nothing was read of what is not there. */
const readUnlessMissing = (happened: Happened, result: string): Happened | null =>
  result === 'ok' || result === 'forbidden' ? { ...happened, isRead: true } : null;

/** Regions bring chunks to each other all day long; people have theirs by file. */
const readChunks: DescribeRequest = ({ body, principal }, _reply, result) => {
  const space = typeof body === 'object' && body !== null && 'space' in body ? String(body.space) : null;
  return principal.type === 'region' ? null : readUnlessMissing({ action: 'chunks.read', space }, result);
};

/** Of the parts of an upload, the one that completes it; its answer says what it became. */
const addToUpload: DescribeRequest = (_request, reply, result) => {
  const space = reply.getHeader('jzse-space');
  return result !== 'ok' || space === undefined
    ? null
    : { action: 'upload.complete', space: String(space), target: decoded(String(reply.getHeader('jzse-path') ?? '')) };
};

/** The secret in the address opens the link, and is left out. */
const linkUse =
  (action: string): DescribeRequest =>
  (request, reply, result) => {
    const place = linkPlace(request, result);
    // A page that asks for the password, or for a file that is not there, shows nothing.
    if (request.method === 'GET' && (result !== 'ok' || !isContent(reply))) return null;
    return { ...place, action, isRead: request.method === 'GET' };
  };

/** What requests to the routes of an edge did. */
export const auditedRoutes: Readonly<Record<string, DescribeRequest>> = {
  ...sessionRoutes,
  'GET /oidc/finish': () => ({ action: 'session.open' }),
  'GET /files/*': readFile,
  'PUT /files/*': at('file.write'),
  'DELETE /files/*': at('file.delete'),
  'POST /chunks/read': readChunks,
  // Bytes that no name leads to yet: the commit tells what they became.
  'POST /chunks/write': () => null,
  'POST /tus': addToUpload,
  'POST /tus/': addToUpload,
  'PATCH /tus/:id': addToUpload,
  'POST /tus/:id': addToUpload,
  'DELETE /tus/:id': ({ params }) => ({ action: 'upload.delete', target: (params as { readonly id: string }).id.slice(0, 64) }),
  'GET /l/*': linkUse('link.read'),
  'POST /l/*': linkUse('link.unlock'),
  'PUT /l/*': linkUse('link.drop'),
};

function filePlace({ raw }: FastifyRequest): Place {
  try {
    const { space, path } = parseFileUrl(raw.url ?? '');
    return { space, target: path };
  } catch {
    return {};
  }
}

/** Only of a link that there is: what is no link may be a secret at the wrong place. */
function linkPlace(request: FastifyRequest, result: string): Pick<Happened, 'actor' | 'target'> {
  if (result === 'unknown-path' || result === 'invalid-name') return {};
  const { id, names } = parseLinkUrl(request);
  return { actor: `link/${id}`, target: `/${names.join('/')}` };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
