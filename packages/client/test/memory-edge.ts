import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createFrameParser, errorCodes, JzseError } from '@jzse/api';
import { type EdgeRouter, type EdgeServices, type EntryInfo, edgeRouter, type FileCommit, type SpaceEvent } from '@jzse/api/edge';
import type { Author, EntryId, Hash, RegionId, SpaceId } from '@jzse/sync';
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify';
import Fastify, { type FastifyInstance } from 'fastify';

interface StoredFile {
  readonly commit: FileCommit;
  readonly version: string;
}

/** An edge in memory: the real router and frames over real HTTP, with a `Map` for a store. */
export interface MemoryEdge {
  readonly url: string;
  readonly token: string;
  readonly chunks: Map<string, Uint8Array>;
  readonly files: Map<string, StoredFile>;
  readonly commits: number[];
  /** Bytes of chunk bodies that arrived. */
  receivedBytes: number;
  /** Requests to answer with 503 before anything works. */
  refuse: number;
  /** Answers of `GET /files` that are cut after so many bytes. */
  cutAfter: number[];
  /** Sends to whoever watches. */
  publish(event: SpaceEvent): void;
  contentOf(path: string): Buffer | null;
  close(): Promise<void>;
}

const space = 'demo' as SpaceId;
const author: Author = { region: 'beijing' as RegionId, user: 'someone', device: 'a-laptop' };

export async function startMemoryEdge(port = 0): Promise<MemoryEdge> {
  const app = Fastify({ bodyLimit: 64 * 1024 * 1024, forceCloseConnections: true, routerOptions: { maxParamLength: 5000 } });
  const events = createEvents();
  const edge: Omit<MemoryEdge, 'url'> & { url: string } = {
    url: '',
    token: 'a-token',
    chunks: new Map(),
    files: new Map(),
    commits: [],
    receivedBytes: 0,
    refuse: 0,
    cutAfter: [],
    publish: events.publish,
    contentOf: (path) => {
      const file = edge.files.get(path);
      return file === undefined ? null : Buffer.concat(file.commit.chunks.map(({ hash }) => edge.chunks.get(hash) as Uint8Array));
    },
    close: () => app.close(),
  };
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization !== `Bearer ${edge.token}`) return sendProblem(reply, new JzseError('unauthenticated', 'no token'));
    if (edge.refuse === 0) return undefined;
    edge.refuse--;
    return sendProblem(reply, new JzseError('not-ready', 'starting'));
  });
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error));
  await app.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: edgeRouter,
      createContext: () => ({
        services: memoryServices(edge, events.watch),
        author,
        allow: async () => undefined,
        accounts: {} as never,
        sharing: {} as never,
      }),
    },
  } satisfies FastifyTRPCPluginOptions<EdgeRouter>);
  addPlainRoutes(app, edge);
  await app.listen({ host: '127.0.0.1', port });
  edge.url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  return edge;
}

type Reply = { code(status: number): Reply; type(type: string): Reply; send(body: unknown): unknown };

function sendProblem(reply: Reply, error: unknown) {
  const code = error instanceof JzseError ? error.code : 'internal';
  const row = errorCodes[code];
  return reply
    .code(row.http)
    .type('application/problem+json')
    .send({ type: 'about:blank', title: code, status: row.http, code, detail: String((error as Error).message) });
}

function addPlainRoutes(app: FastifyInstance, edge: MemoryEdge) {
  app.addContentTypeParser('application/octet-stream', (_request, body, done) => done(null, body));
  app.post('/chunks/write', async (request, reply) => {
    const parser = createFrameParser();
    for await (const data of request.body as AsyncIterable<Buffer>) {
      edge.receivedBytes += data.length;
      for (const { hash, bytes } of parser.push(data)) {
        if (bytes === null || createHash('sha256').update(bytes).digest('hex') !== hash)
          throw new JzseError('checksum-mismatch', 'bad chunk');
        edge.chunks.set(hash, Uint8Array.from(bytes));
      }
    }
    parser.finish();
    return reply.code(204).send();
  });
  app.get('/files/demo/*', async (request, reply) => {
    const path = `/${(request.params as { '*': string })['*']}`;
    const content = edge.contentOf(path);
    const file = edge.files.get(path);
    if (content === null || file === undefined) throw new JzseError('unknown-path', `no ${path}`);
    const start = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const part = content.subarray(start);
    reply.header('etag', `"${file.version}"`).header('content-length', part.length);
    reply.header('repr-digest', `sha-256=:${Buffer.from(file.commit.content.hash, 'hex').toString('base64')}:`);
    reply.code(request.headers.range === undefined ? 200 : 206);
    const cut = edge.cutAfter.shift();
    if (cut === undefined) return reply.send(part);
    reply.hijack();
    reply.raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
    reply.raw.write(part.subarray(0, cut), () => reply.raw.destroy());
  });
}

/** What this edge has not is refused. */
function memoryServices(edge: MemoryEdge, watch: EdgeServices['watch']): EdgeServices {
  const refuse = async (): Promise<never> => {
    throw new JzseError('internal', 'not part of this edge');
  };
  const services: Partial<EdgeServices> = {
    listSpaces: async () => [space],
    list: async (_space, path, page) => {
      const below = path === '/' ? '/' : `${path}/`;
      const names = new Set(
        [...edge.files.keys()].filter((key) => key.startsWith(below)).map((key) => key.slice(below.length).split('/')[0]),
      );
      const all = [...names].map((name) => infoOf(edge, `${below}${name}`)).sort((a, b) => (a.name < b.name ? -1 : 1));
      const rest = all.filter(({ name }) => page.after === null || name > page.after);
      const entries = rest.slice(0, page.limit);
      return { folder: infoOf(edge, path), entries, next: rest.length > entries.length ? (entries.at(-1)?.name ?? null) : null };
    },
    stat: async (_space, path) => {
      if (!edge.files.has(path)) throw new JzseError('unknown-path', `no ${path}`, { detail: { path } });
      return infoOf(edge, path);
    },
    missingChunks: async (hashes) => hashes.filter((hash) => !edge.chunks.has(hash)),
    commitFiles: async (_space, files) => {
      for (const file of files) {
        if (file.path.includes('refused')) throw new JzseError('invalid-name', `${file.path} is refused`);
        if (file.ifAbsent && edge.files.has(file.path)) throw new JzseError('precondition-failed', `${file.path} exists`);
        if (!file.chunks.every(({ hash }) => edge.chunks.has(hash))) throw new JzseError('chunks-missing', 'send them again');
      }
      edge.commits.push(files.length);
      for (const commit of files) edge.files.set(commit.path, { commit, version: `beijing:1/${edge.files.size + 1}` });
      return files.map(({ path }) => infoOf(edge, path));
    },
    watch,
  };
  return new Proxy(services as EdgeServices, { get: (all, name) => Reflect.get(all, name) ?? refuse });
}

function infoOf(edge: MemoryEdge, path: string): EntryInfo {
  const file = edge.files.get(path) ?? null;
  return {
    id: path as EntryId,
    kind: file === null ? 'folder' : 'file',
    name: path.split('/').at(-1) ?? '',
    path,
    size: file?.commit.content.size ?? 0,
    modifiedMs: file?.commit.modifiedMs ?? 0,
    mediaType: file?.commit.mediaType ?? null,
    hash: (file?.commit.content.hash ?? null) as Hash | null,
    version: file?.version ?? null,
    author,
    siblings: 0,
    held: true,
    confirmed: true,
  };
}

function createEvents() {
  const log: { readonly id: string; readonly event: SpaceEvent }[] = [];
  let wake = (): void => {};
  let moved = Promise.withResolvers<void>();
  wake = () => {
    moved.resolve();
    moved = Promise.withResolvers();
  };
  const watch: EdgeServices['watch'] = async function* (_space, { lastEventId, signal }) {
    let at = lastEventId === null ? log.length : Number(lastEventId);
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    while (!signal.aborted) {
      for (; at < log.length; at++) yield log[at] as (typeof log)[number];
      await Promise.race([moved.promise, aborted]);
    }
  };
  return {
    watch,
    publish: (event: SpaceEvent) => {
      log.push({ id: String(log.length + 1), event });
      wake();
    },
  };
}
