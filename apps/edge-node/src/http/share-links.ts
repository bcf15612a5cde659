import { JzseError, pageItemsMax } from '@jzse/api';
import type { Entry, SpaceId } from '@jzse/sync';
import { winner } from '@jzse/sync';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ReadDeps } from '../read/read-deps.ts';
import { shownVersion } from '../read/readable-version.ts';
import { resolveEntry } from '../read/resolve-path.ts';
import type { Links, OpenLink } from '../trust/links.ts';
import { acceptDrop } from '../write/accept-upload.ts';
import type { WriteDeps } from '../write/write-deps.ts';
import { answerFile } from './get-file.ts';
import { dropPage, type LinkListing, listingPage, passwordPage } from './link-page.ts';
import { type LinkUrl, linkCookie, parseLinkUrl } from './link-path.ts';
import { mediaTypeOf } from './put-file.ts';
import { leaveBodiesUnread } from './raw-bodies.ts';
import { lengthOf, statedHash } from './write-conditions.ts';

export interface ShareLinkDeps {
  readonly links: Links;
  readonly read: ReadDeps & { readonly nowMs: () => number };
  readonly write: WriteDeps;
}

/** Whoever has the address may; what it is good for the link says. */
const open = { config: { access: { who: 'anyone' } } } as const;
const passwordBodyBytesMax = 4 * 1024;
const cookieAgeS = 12 * 3_600;

/**
 * `/l/<id>/<secret>/…`: folders as JSON or as a page, files with ranges; `POST` of the password gives a cookie for this link;
 * `PUT …/<name>` into a drop box, which shows nothing and never overwrites. Secrets stand in addresses: logs leave them out.
 */
export function registerShareLinks(app: FastifyInstance, deps: ShareLinkDeps): void {
  app.route({ method: ['GET', 'HEAD'], url: '/l/*', ...open, handler: (request, reply) => answerLink(deps, request, reply) });
  app.register(async (scope) => {
    const form = { parseAs: 'string', bodyLimit: passwordBodyBytesMax } as const;
    scope.addContentTypeParser('application/x-www-form-urlencoded', form, async (_request: FastifyRequest, body: string) =>
      Object.fromEntries(new URLSearchParams(body)),
    );
    scope.post('/l/*', { ...open, bodyLimit: passwordBodyBytesMax }, (request, reply) => unlock(deps, request, reply));
  });
  app.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.put('/l/*', open, (request, reply) => drop(deps, request, reply));
  });
}

async function answerLink(deps: ShareLinkDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const url = parseLinkUrl(request);
  reply.headers({ 'cache-control': 'private, no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' });
  try {
    const opened = await deps.links.open(url);
    if (opened.link.mode === 'drop') return answerDropBox(request, reply, url);
    return await answerEntry(deps, { request, reply, url, opened });
  } catch (cause) {
    if (!needsPassword(cause) || !wantsPage(request)) throw cause;
    return sendPage(reply.code(401), passwordPage(addressOf(url), false));
  }
}

interface LinkAnswer {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly url: LinkUrl;
  readonly opened: OpenLink;
}

async function answerEntry(deps: ShareLinkDeps, { request, reply, url, opened }: LinkAnswer): Promise<FastifyReply> {
  const { link, names } = opened;
  const { space } = link;
  const entry = await resolveEntry(deps.read, { space, names: [...names, ...url.names] }).catch(hidePath);
  if (entry.kind === 'folder') return answerFolder(deps, { request, reply, url }, { space, entry });
  const file = shownVersion(entry);
  if (file === null) throw notThere();
  if (request.method === 'GET') await deps.links.use(link);
  return answerFile({ deps: deps.read, request, reply, url: { space, query: url.query }, file });
}

async function answerFolder(
  { read }: ShareLinkDeps,
  { request, reply, url }: Omit<LinkAnswer, 'opened'>,
  { space, entry }: { readonly space: SpaceId; readonly entry: Entry },
): Promise<FastifyReply> {
  const limit = Number(url.query.get('limit') ?? 200);
  if (!Number.isInteger(limit) || limit < 1 || limit > pageItemsMax) {
    throw new JzseError('invalid-input', `limit must be a whole number from 1 to ${pageItemsMax}`);
  }
  const { items, next } = await read.store.listFolder(space, entry.id, { after: url.query.get('after'), limit });
  const entries = items.map((child) => {
    const shown = winner(child);
    const modifiedMs = shown?.facts.modifiedMs ?? shown?.stamp.wallMs ?? child.location?.stamp.wallMs ?? 0;
    return { name: child.name, kind: child.kind, size: shown?.content.size ?? 0, modifiedMs };
  });
  const listing: LinkListing = { name: entry.name, entries, next };
  if (wantsPage(request)) return sendPage(reply, listingPage(listing, [addressOf(url), ...url.names.map(encodeURIComponent)].join('/')));
  return reply.send(listing);
}

function answerDropBox(request: FastifyRequest, reply: FastifyReply, url: LinkUrl): FastifyReply {
  if (url.names.length > 0) throw notThere();
  return wantsPage(request) ? sendPage(reply, dropPage()) : reply.send({ mode: 'drop' });
}

async function unlock({ links }: ShareLinkDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const url = parseLinkUrl(request);
  const body: unknown = request.body;
  const password = typeof body === 'object' && body !== null && 'password' in body ? body.password : null;
  if (typeof password !== 'string') throw new JzseError('invalid-input', 'send {"password": "…"} as JSON');
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded') === true;
  try {
    const value = await links.unlock(url, { password, address: request.ip });
    const secure = request.protocol === 'https' ? '; Secure' : '';
    reply.header('set-cookie', `${linkCookie}=${value}; Max-Age=${cookieAgeS}; HttpOnly; SameSite=Strict; Path=/l/${url.id}${secure}`);
  } catch (cause) {
    if (!isForm || !(cause instanceof JzseError) || cause.code !== 'wrong-credentials') throw cause;
    return sendPage(reply.code(401), passwordPage(addressOf(url), true));
  }
  return isForm ? reply.code(303).header('location', addressOf(url)).send() : reply.code(204).send();
}

async function drop(deps: ShareLinkDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const url = parseLinkUrl(request);
  const { link, names, author } = await deps.links.open(url);
  const [name, ...more] = url.names;
  if (link.mode !== 'drop') throw new JzseError('forbidden', 'this link is for reading');
  if (name === undefined || more.length > 0) throw new JzseError('invalid-input', 'name the file at the end of the address');
  await deps.links.use(link);
  const { headers, raw } = request;
  await acceptDrop(
    deps.write,
    {
      space: link.space,
      names: [...names, name],
      body: raw,
      length: lengthOf(headers),
      canAnswer: () => raw.socket.writable,
      expectedHash: statedHash(headers),
      facts: { mediaType: mediaTypeOf(headers['content-type']), modifiedMs: null },
      author,
    },
    link.entryId,
  );
  return reply.code(201).send();
}

const addressOf = ({ id, secret }: LinkUrl): string => `/l/${id}/${secret}`;
const wantsPage = ({ headers }: FastifyRequest): boolean => headers.accept?.includes('text/html') === true;
const sendPage = (reply: FastifyReply, html: string): FastifyReply => reply.type('text/html; charset=utf-8').send(html);
const needsPassword = (cause: unknown): boolean => cause instanceof JzseError && cause.detail['needs'] === 'password';

/** Where the link leads to in its space is nobody's business who has only the link. */
function hidePath(cause: unknown): never {
  if (cause instanceof JzseError && (cause.code === 'unknown-path' || cause.code === 'unknown-space')) throw notThere();
  throw cause;
}
const notThere = (): JzseError => new JzseError('unknown-path', 'nothing is there');
