import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CausalToken, encodeCausalToken } from '@jzse/sync';

/** A region of almost nothing over real HTTP: files by path, tokens, and whatever goes wrong with it. */
export interface SmallEdge {
  readonly url: string;
  readonly region: string;
  readonly files: Map<string, string>;
  /** Method and path of each call that was done, without probes. */
  readonly calls: string[];
  /** The causal header of each call. */
  readonly causal: (string | null)[];
  readonly tokens: Set<string>;
  /** How far away it is. */
  delayMs: number;
  /** Takes calls, and answers nothing: a machine that was stopped. */
  isStopped: boolean;
  /** Calls that are refused with this code before anything is done. */
  refuse: { count: number; readonly status: number; readonly code: string } | null;
  /** Calls that are done, and whose connection breaks before the answer. */
  breakAfter: number;
  /** With the next connection that breaks the machine stops. */
  stopsThen: boolean;
  refreshes: number;
  close(): Promise<void>;
}

export async function startSmallEdge(region: string, { delayMs = 0, port = 0 } = {}): Promise<SmallEdge> {
  const server = createServer((request, response) => void answer(edge, request, response).catch(() => response.destroy()));
  const edge: SmallEdge & { url: string } = {
    url: '',
    region,
    files: new Map(),
    calls: [],
    causal: [],
    tokens: new Set(['a-token']),
    delayMs,
    isStopped: false,
    refuse: null,
    breakAfter: 0,
    stopsThen: false,
    refreshes: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  edge.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return edge;
}

async function answer(edge: SmallEdge, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  await new Promise((resolve) => setTimeout(resolve, edge.delayMs));
  if (edge.isStopped) return;
  if (request.url === '/readyz') return void response.end('{}');
  if (edge.refuse !== null && edge.refuse.count-- > 0) return problem(response, edge.refuse.status, edge.refuse.code);
  edge.causal.push(request.headers['x-jzse-causal']?.toString() ?? null);
  const path = (request.url ?? '').replace(/\?.*$/, '');
  if (path === '/trpc/accounts.refresh') return refresh(edge, JSON.parse(body), response);
  if (!edge.tokens.has(request.headers.authorization?.replace('Bearer ', '') ?? '')) return problem(response, 401, 'unauthenticated');
  edge.calls.push(`${request.method} ${path}`);
  if (path === '/trpc/listSpaces') return trpc(response, [edge.region]);
  file(edge, { request, response, path, body });
}

interface OfFile {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly body: string;
}

function file(edge: SmallEdge, { request, response, path, body }: OfFile): void {
  const isThere = edge.files.has(path);
  if (request.method === 'PUT') {
    if (request.headers['if-none-match'] === '*' && isThere) return problem(response, 412, 'precondition-failed');
    edge.files.set(path, body);
  }
  if (edge.breakAfter-- > 0) {
    edge.isStopped = edge.stopsThen;
    return void response.destroy();
  }
  response.setHeader('x-jzse-causal', tokenOf(edge));
  const content = edge.files.get(path);
  if (content === undefined) return problem(response, 404, 'unknown-path');
  response.writeHead(request.method === 'PUT' && !isThere ? 201 : 200, { etag: `"${edge.region}:1/${edge.calls.length}"` });
  response.end(request.method === 'PUT' ? '' : content);
}

/** After so many calls at this edge. */
export const tokenOf = ({ region, calls }: Pick<SmallEdge, 'region' | 'calls'>): string =>
  encodeCausalToken({
    space: 'demo',
    position: { epoch: 1, sequence: calls.length },
    dot: { replica: `${region}:1`, counter: calls.length },
  } as CausalToken);

function refresh(edge: SmallEdge, { refreshToken }: { readonly refreshToken: string }, response: ServerResponse): void {
  edge.refreshes++;
  if (!refreshToken.startsWith('refresh')) return problem(response, 401, 'wrong-credentials');
  const accessToken = `access-${edge.region}-${edge.refreshes}`;
  edge.tokens.add(accessToken);
  trpc(response, { accessToken, accessExpiresMs: Date.now() + 600_000, refreshToken: `refresh-${edge.region}-${edge.refreshes}` });
}

const trpc = (response: ServerResponse, data: unknown): void =>
  void response.setHeader('content-type', 'application/json').end(JSON.stringify({ result: { data } }));

function problem(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'content-type': 'application/problem+json' })
    .end(JSON.stringify({ title: code, status, code, detail: code }));
}
