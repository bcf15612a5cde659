import { createHash } from 'node:crypto';
import { createEdgeClient, type EdgeClient, listFolder, walkSpace } from '@jzse/client';

type Trpc = EdgeClient['trpc'];
type Entry = Awaited<ReturnType<Trpc['stat']['query']>>;
type Version = Awaited<ReturnType<Trpc['history']['query']>>['versions'][number];

/** The calls of a program to the space `demo` of one edge, through the SDK. They reject with a `JzseError`. */
export interface EdgeCalls {
  readonly url: string;
  readonly client: EdgeClient;
  /** Answers the version (dot key). */
  put(path: string, body: Uint8Array): Promise<string>;
  get(path: string, range?: { readonly start: number; readonly end?: number }): Promise<Buffer>;
  /** SHA-256 of what is downloaded, without keeping it. */
  digest(path: string): Promise<string>;
  /** Any request to it, signed; the answer as it is. */
  request(path: string, init?: RequestInit): Promise<Response>;
  list(path: string): Promise<readonly Entry[]>;
  /** Everything below a path, sorted by path. */
  tree(path?: string): Promise<readonly Entry[]>;
  stat(path: string): Promise<Entry>;
  /** All versions, newest first. */
  history(path: string): Promise<readonly Version[]>;
  makeFolder(path: string): Promise<Entry>;
  move(from: string, to: string): Promise<Entry>;
  remove(path: string): Promise<void>;
  status(): Promise<Awaited<ReturnType<Trpc['status']['query']>>>;
  conflicts(path?: string): Promise<Awaited<ReturnType<Trpc['listConflicts']['query']>>['conflicts']>;
  /** A version that need not be shown. */
  getVersion(path: string, version: string): Promise<Buffer>;
  verify(options?: { readonly deep: boolean }): Promise<Awaited<ReturnType<Trpc['verify']['mutate']>>>;
}

const space = 'demo';

export function callEdge(url: string, token: string): EdgeCalls {
  const client = createEdgeClient({ url, token });
  const { trpc, files, connection } = client;
  return {
    url,
    client,
    put: async (path, body) => (await files.put({ space, path }, body as Uint8Array<ArrayBuffer>)).version,
    get: async (path, range) => Buffer.from(await (await files.read({ space, path }, range ? { range } : {})).arrayBuffer()),
    digest: async (path) => digestOf(await files.read({ space, path })),
    request: (path, init) => connection.fetch(url + path, init),
    list: (path) => Array.fromAsync(listFolder(trpc, space, path)),
    tree: async (path = '/') => {
      const entries = await Array.fromAsync(walkSpace(trpc, { space, path }), ({ entry }) => entry);
      return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
    },
    stat: (path) => trpc.stat.query({ space, path }),
    history: (path) => wholeHistory(trpc, path),
    makeFolder: (path) => trpc.makeFolder.mutate({ space, path }),
    move: (from, to) => trpc.move.mutate({ space, from, to }),
    remove: (path) => trpc.remove.mutate({ space, path }),
    status: () => trpc.status.query(),
    conflicts: async (path = '/') => (await trpc.listConflicts.query({ space, path })).conflicts,
    getVersion: async (path, version) => Buffer.from(await (await files.read({ space, path }, { version })).arrayBuffer()),
    verify: (options = { deep: false }) => trpc.verify.mutate({ space, ...options }),
  };
}

async function digestOf(answer: Response): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of answer.body ?? []) hash.update(bytes);
  return hash.digest('hex');
}

async function wholeHistory(trpc: Trpc, path: string): Promise<Version[]> {
  const versions: Version[] = [];
  let after: string | null = null;
  do {
    const page: { readonly versions: readonly Version[]; readonly next: string | null } = await trpc.history.query({ space, path, after });
    versions.push(...page.versions);
    after = page.next;
  } while (after !== null);
  return versions;
}
