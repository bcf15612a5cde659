import { randomBytes } from 'node:crypto';
import { causalHeader, JzseError, pageItemsMax } from '@jzse/api';
import type { ListingPage } from '@jzse/api/edge';
import type { SpaceId } from '@jzse/sync';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { findVersion, unknownVersion } from '../read/find-version.ts';
import type { PageOf } from '../read/list-folder.ts';
import { openManifest } from '../read/open-manifest.ts';
import type { ReadDeps } from '../read/read-deps.ts';
import { type ReadableVersion, shownVersion, toReadable } from '../read/readable-version.ts';
import { type Resolved, resolvePath } from '../read/resolve-path.ts';
import { type ByteRange, streamChunks } from '../read/stream-chunks.ts';
import { parseRanges } from './byte-ranges.ts';
import type { AllowAt } from './caller.ts';
import { contentHeaders, validatorHeaders, validatorsOf } from './file-headers.ts';
import { type FileUrl, fileTarget, parseFileUrl } from './file-path.ts';
import { multipartRanges } from './multipart-ranges.ts';
import { evaluatePreconditions, isRangeCurrent } from './preconditions.ts';
import { sendParts } from './send-parts.ts';

export interface FileReadDeps extends ReadDeps {
  readonly nowMs: () => number;
  /** What whoever reads now has seen of a space (SY12). */
  readonly causalToken?: (space: SpaceId) => Promise<string>;
  readonly allowAt: AllowAt;
  /** A page of a folder, of what the caller may know of it. */
  readonly list: (
    request: FastifyRequest,
    of: { readonly space: SpaceId; readonly path: string; readonly page: PageOf },
  ) => Promise<ListingPage>;
}

/** `GET` and `HEAD` of `/files/<space>/<path>`: a file's bytes, or a page of a folder as JSON (`?after=`, `?limit=`). */
export function registerFileReads(app: FastifyInstance, deps: FileReadDeps): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: '/files/*',
    // A folder that is only on the way to what the caller may read shows no more than the way.
    config: { access: { who: 'space', action: 'list', scope: 'paths' }, target: fileTarget },
    handler: async (request, reply) => {
      const url = parseFileUrl(request.raw.url ?? '');
      const resolved = await resolvePath(deps, url);
      // Asked for after what is shown was read: a token may name more than was seen, never less.
      if (deps.causalToken !== undefined) reply.header(causalHeader, await deps.causalToken(url.space));
      if (resolved.at === 'here' && resolved.entry.kind === 'folder') return answerFolder(deps, { request, url, reply });
      await deps.allowAt(request, 'read', url);
      return answerFile({ deps, request, reply, url, file: await chooseVersion(deps, url, resolved) });
    },
  });
}

export interface FileAnswer {
  readonly deps: Pick<FileReadDeps, 'nowMs' | keyof ReadDeps>;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly url: Pick<FileUrl, 'space' | 'query'>;
  readonly file: ReadableVersion;
}

/** A version, or ranges of it, with all that goes with it. Throws `precondition-failed`, `range-not-satisfiable`, `content-unavailable`. */
export async function answerFile(answer: FileAnswer): Promise<FastifyReply> {
  const { deps, request, reply, url, file } = answer;
  const current = validatorsOf(file);
  const condition = evaluatePreconditions(request.headers, current);
  if (condition === 'failed') throw new JzseError('precondition-failed', `version ${file.version} is shown now; read it again`);
  reply.headers(validatorHeaders(file));
  if (condition === 'not-modified') return reply.code(304).send();

  const { size } = file.content;
  const ifRange = request.headers['if-range']?.toString();
  const isRangeAsked = request.method === 'GET' && isRangeCurrent(ifRange, current, deps.nowMs());
  const asked = parseRanges(isRangeAsked ? request.headers.range : undefined, size);
  if (asked.kind === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new JzseError('range-not-satisfiable', `this version has ${size} bytes`, { detail: { size } });
  }
  reply.headers(contentHeaders(file, { isDownload: url.query.has('download') }));
  if (request.method === 'HEAD') return reply.header('content-length', size).send();
  return sendBody(answer, asked.kind === 'whole' ? [] : asked.ranges);
}

/** No range means the whole. What can be known to fail has failed before the first byte of the answer goes out. */
async function sendBody({ deps, reply, url, file }: FileAnswer, ranges: readonly ByteRange[]): Promise<FastifyReply> {
  const { content } = file;
  const signal = abortedWhenLeft(reply);
  const chunks = await openManifest(deps, { space: url.space, content, signal });
  const read = (range: ByteRange) => streamChunks(deps, { space: url.space, content, chunks, range, signal });
  const [only, second] = ranges;
  if (only === undefined) return sendBytes(reply, { bytes: content.size, body: read({ start: 0, end: content.size }) });
  reply.code(206);
  if (second === undefined) {
    reply.header('content-range', `bytes ${only.start}-${only.end - 1}/${content.size}`);
    return sendBytes(reply, { bytes: only.end - only.start, body: read(only) });
  }
  const partType = String(reply.getHeader('content-type'));
  const boundary = randomBytes(18).toString('hex');
  const parts = multipartRanges({ ranges, size: content.size, partType, boundary, read });
  reply.header('content-type', parts.contentType);
  return sendBytes(reply, parts);
}

type Body = AsyncGenerator<Uint8Array, void, undefined>;

async function sendBytes(reply: FastifyReply, { bytes, body }: { readonly bytes: number; readonly body: Body }): Promise<FastifyReply> {
  const first = await body.next();
  reply.header('content-length', bytes);
  if (first.done === true) return reply.send(Buffer.alloc(0));
  if (first.value.length === bytes) {
    await body.return();
    return reply.send(first.value);
  }
  return sendParts(reply, startingWith(first.value, body));
}

async function* startingWith(first: Uint8Array, rest: Body): Body {
  yield first;
  yield* rest;
}

/** Aborted when the client went away, so that nothing is read or brought for nobody. */
function abortedWhenLeft(reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  reply.raw.once('close', () => left.abort());
  return left.signal;
}

async function chooseVersion(deps: FileReadDeps, { space, query }: FileUrl, resolved: Resolved): Promise<ReadableVersion> {
  const asked = query.get('version');
  if (resolved.at === 'hub') {
    if (asked !== null && asked !== resolved.file.version) throw unknownVersion(asked);
    return resolved.file;
  }
  const { entry } = resolved;
  if (asked !== null) return toReadable(entry, await findVersion(deps, { space, entry }, asked));
  const shown = shownVersion(entry);
  if (shown === null) throw new JzseError('unknown-path', 'this file has no version');
  return shown;
}

interface FolderAnswer {
  readonly request: FastifyRequest;
  readonly url: FileUrl;
  readonly reply: FastifyReply;
}

const listedDefault = 200;

async function answerFolder(deps: FileReadDeps, { request, url, reply }: FolderAnswer): Promise<FastifyReply> {
  const limit = Number(url.query.get('limit') ?? listedDefault);
  if (!Number.isInteger(limit) || limit < 1 || limit > pageItemsMax) {
    throw new JzseError('invalid-input', `limit must be a whole number from 1 to ${pageItemsMax}`);
  }
  const page = { after: url.query.get('after'), limit };
  return reply.header('cache-control', 'private, no-cache').send(await deps.list(request, { ...url, page }));
}
