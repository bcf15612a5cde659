import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { JzseError } from '@jzse/api';
import {
  type ConflictDetail,
  type ConflictServices,
  type EdgeServices,
  type EntryInfo,
  edgeRouter,
  type VersionInfo,
} from '@jzse/api/edge';
import type { Author, EntryId, Hash, SpaceId } from '@jzse/sync';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';

const hash = 'a'.repeat(64) as Hash;
const author = (user: string, region: string) => ({ user, device: 'desk', region }) as Author;
const version = (name: string, by: Author, current: boolean): VersionInfo => {
  return { version: name, hash, size: 5, modifiedMs: Date.UTC(2026, 0, 1), author: by, current, held: true, parents: ['beijing:1/1'] };
};

/** What the test edge says of `/plans/a.md`. */
export const conflict: ConflictDetail = {
  entryId: 'e1' as EntryId,
  path: '/plans/a.md',
  versions: [version('shanghai:1/7', author('lin', 'shanghai'), true), version('beijing:1/4', author('wei', 'beijing'), false)],
  base: version('beijing:1/1', author('wei', 'beijing'), false),
  reason: 'lin in shanghai changed it without having seen what wei in beijing had changed.',
  merge: { strategy: 'text', state: 'failed', reason: 'both sides changed the same lines: line 2' },
  differences: [{ left: 'shanghai:1/7', right: 'beijing:1/4', unified: '--- a\n+++ b\n@@ -1 +1 @@\n-right\n+left\u001b[31m\n' }],
};

const entry = (path: string): EntryInfo => ({
  id: 'e1' as EntryId,
  kind: path.endsWith('.md') ? 'file' : 'folder',
  name: path.split('/').at(-1) ?? '',
  path,
  size: 5,
  modifiedMs: 0,
  mediaType: null,
  hash,
  version: 'beijing:1/9',
  author: null,
  siblings: 1,
  held: true,
  confirmed: true,
});

/** An edge that knows of one conflict and keeps what it is asked to do. Real router, real HTTP. */
export async function startConflictEdge() {
  const asked: { readonly name: string; readonly request: unknown }[] = [];
  const note = <T>(name: string, request: unknown, answer: T): T => {
    asked.push({ name, request });
    return answer;
  };
  let more = 1;
  const services: Partial<EdgeServices> & ConflictServices = {
    listSpaces: async () => ['demo' as SpaceId],
    stat: async (_space, path) => entry(path),
    missingChunks: async (hashes) => hashes,
    listConflicts: async (_space, folder) => ({ conflicts: folder === '/empty' ? [] : [conflict], next: null }),
    conflict: async (_space, path) => {
      if (path !== conflict.path) throw new JzseError('no-conflict', 'one version');
      return conflict;
    },
    resolveConflict: async (request) => note('one', request, entry(request.path)),
    resolveConflicts: async (request) =>
      note('many', request, {
        changeId: request.preview ? null : `change-${more}`,
        done: [{ path: '/plans/a.md', what: 'the version of wei in beijing is shown', version: 'beijing:1/4' }],
        skipped: [{ path: '/plans/b.md', why: 'no version of it is from shanghai' }],
        more: !request.preview && more-- > 0,
      }),
    listChanges: async () => [],
    undoChange: async (request) =>
      note('undo', request, { changeId: 'change-9', done: [], skipped: [{ path: '/x', why: 'it was changed since' }], more: false }),
  };
  const handler = createHTTPHandler({
    router: edgeRouter,
    basePath: '/trpc/',
    createContext: () => ({
      services: services as EdgeServices,
      author: author('me', 'beijing'),
      allow: async () => undefined,
      accounts: {} as never,
      sharing: {} as never,
    }),
  });
  const server = createServer((request, response) => {
    if (request.url === '/chunks/write') return void request.resume().on('end', () => response.writeHead(204).end());
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
