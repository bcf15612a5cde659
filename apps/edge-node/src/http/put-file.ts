import { JzseError } from '@jzse/api';
import { dotKey } from '@jzse/sync';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { acceptUpload } from '../write/accept-upload.ts';
import { removeEntry } from '../write/change-tree.ts';
import type { Outcome } from '../write/commit-version.ts';
import { timeMs } from '../write/uploads/upload-place.ts';
import type { WriteDeps } from '../write/write-deps.ts';
import { authorOf } from './caller.ts';
import { fileTarget, parseFileUrl } from './file-path.ts';
import { leaveBodiesUnread } from './raw-bodies.ts';
import { lengthOf, statedHash, writeConditionOf } from './write-conditions.ts';

/**
 * `PUT /files/<space>/<path>`: the body is the new content, 201 for a new name, else 204; folders above it are made.
 * `DELETE`: 204. Both heed `If-Match` and `If-None-Match`; a PUT is checked against `Repr-Digest` and `Content-Digest`
 * (SHA-256), and notes `X-JzSE-Modified-Ms`, the file's own time.
 */
export function registerFileWrites(app: FastifyInstance, deps: WriteDeps): void {
  app.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.put('/files/*', { config: { access: writes, target: fileTarget } }, (request, reply) => putFile(deps, request, reply));
    scope.delete('/files/*', { config: { access: writes, target: fileTarget } }, (request, reply) => deleteFile(deps, request, reply));
  });
}

const writes = { who: 'space', action: 'write', scope: 'paths' } as const;

async function putFile(deps: WriteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { headers, raw } = request;
  const { space, names } = parseFileUrl(raw.url ?? '');
  if (/\/(?:\?.*)?$/.test(raw.url ?? '')) throw new JzseError('is-a-folder', 'an address that ends with / is a folder; name a file');
  if (headers['content-range'] !== undefined) throw new JzseError('invalid-input', 'a part of a file cannot be put; use /tus');
  if (headers['content-encoding'] !== undefined)
    throw new JzseError('unsupported-media-type', 'send the bytes themselves, without Content-Encoding');
  const modified = headers['x-jzse-modified-ms']?.toString();
  const outcome = await acceptUpload(deps, {
    space,
    names,
    body: raw,
    length: lengthOf(headers),
    canAnswer: () => raw.socket.writable,
    expectedHash: statedHash(headers),
    facts: { mediaType: mediaTypeOf(headers['content-type']), modifiedMs: modified === undefined ? null : timeMs(modified) },
    condition: writeConditionOf(headers),
    author: authorOf(request.principal, deps.region),
  });
  return reply
    .code(outcome.created ? 201 : 204)
    .headers({ ...versionHeaders(outcome), location: `/files/${space}${encodePath(outcome.path)}` })
    .send();
}

async function deleteFile(deps: WriteDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { space, names } = parseFileUrl(request.raw.url ?? '');
  const author = authorOf(request.principal, deps.region);
  await removeEntry(deps, { space, names, condition: writeConditionOf(request.headers), author });
  return reply.code(204).send();
}

/** What a program that does not know better sends says nothing about the file. */
const meaninglessTypes: ReadonlySet<string> = new Set(['application/octet-stream', 'application/x-www-form-urlencoded']);
const mediaTypeCharactersMax = 255;

export function mediaTypeOf(header: string | undefined): string | null {
  if (header === undefined || header.length > mediaTypeCharactersMax || meaninglessTypes.has(header)) return null;
  return header;
}

/** Which version is shown at which path now. */
export function versionHeaders({ version, path }: Outcome): Record<string, string> {
  if (version === null) return {};
  return { etag: `"${dotKey(version)}"`, 'jzse-version': dotKey(version), 'jzse-path': encodePath(path) };
}

/** Header values are ASCII: names are percent-encoded, as in an address. */
const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
