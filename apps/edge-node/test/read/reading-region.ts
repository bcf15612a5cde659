import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JzseError } from '@jzse/api';
import type { CommitView } from '@jzse/db/region';
import { openRegionStore } from '@jzse/db/region';
import { createGateway, createTokenGuard } from '@jzse/gateway';
import type { Chunk } from '@jzse/storage';
import { openDiskChunkStore } from '@jzse/storage';
import { chunkOf } from '@jzse/storage/testing';
import type { ChunkHashAndSize, Content, EntryId, FileFacts, Hash, Operation, SpaceId } from '@jzse/sync';
import { encodeManifest, regionId, replicaId, rootId, splitPath, tickClock } from '@jzse/sync';
import { pino } from 'pino';
import { createAllowAt } from '../../src/http/caller.ts';
import { registerChunkReads } from '../../src/http/chunk-reads.ts';
import { registerFileReads } from '../../src/http/get-file.ts';
import { listFolder } from '../../src/read/list-folder.ts';
import type { ResolveAtHub } from '../../src/read/read-deps.ts';
import { resolveEntry } from '../../src/read/resolve-path.ts';

export const space = 'demo' as SpaceId;
export const token = 'a-token-for-tests';
const region = regionId('beijing');

/** A content cut anywhere, not by content: tests want boundaries of their own. */
export interface TestContent {
  readonly bytes: Buffer;
  readonly content: Content;
  readonly chunks: readonly Chunk[];
  readonly manifest: Chunk | null;
  readonly list: readonly ChunkHashAndSize[];
}

export function cutContent(bytes: Buffer, sizes: readonly number[]): TestContent {
  const chunks: Chunk[] = [];
  for (let at = 0, index = 0; at < bytes.length; index++) {
    const size = Math.max(1, sizes[index % sizes.length] ?? 1);
    chunks.push(chunkOf(bytes.subarray(at, at + size)));
    at += size;
  }
  const list = chunks.map((chunk) => ({ hash: chunk.hash, size: chunk.bytes.length }));
  const manifest = chunks.length > 1 ? chunkOf(encodeManifest(list)) : null;
  const hash = createHash('sha256').update(bytes).digest('hex') as Hash;
  return { bytes, content: { hash, size: bytes.length, manifest: manifest?.hash ?? null }, chunks, manifest, list };
}

/** One region with real stores behind real HTTP. Another region is stood in for by `elsewhere`: chunks that can be brought. */
export async function openReadingRegion() {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-read-'));
  const store = openRegionStore({ file: join(folder, 'region.db'), nowMs: Date.now });
  await store.createSpace(space);
  await store.adoptReplica(region, replicaId(region, 1));
  const damaged: Hash[] = [];
  const chunks = await openDiskChunkStore({
    folder: join(folder, 'chunks'),
    index: store.chunkIndex,
    onDamaged: (hash) => damaged.push(hash),
  });
  const elsewhere = new Map<Hash, Chunk>();
  const brought: Hash[][] = [];
  const hub: { resolve: ResolveAtHub } = { resolve: async () => null };
  const missing = {
    bring: async ({ hashes }: { readonly hashes: readonly Hash[] }) => {
      const wanted = await chunks.missing(hashes);
      brought.push(wanted);
      for (const hash of wanted) {
        const chunk = elsewhere.get(hash);
        if (chunk === undefined) throw new JzseError('content-unavailable', 'nobody has it');
        await chunks.put(chunk);
      }
    },
  };
  const guard = createTokenGuard(token);
  const app = await createGateway({
    name: 'edge',
    version: '0',
    guard,
    logger: pino({ level: 'silent' }),
    ready: async () => null,
  });
  const deps = { store, chunks, missing, resolveAtHub: ((...asked) => hub.resolve(...asked)) as ResolveAtHub, nowMs: Date.now };
  registerFileReads(app, {
    ...deps,
    allowAt: createAllowAt(guard),
    list: async (_request, { space: asked, path, page }) =>
      listFolder(deps, { space: asked, entry: await resolveEntry(deps, { space: asked, names: splitPath(path) }) }, page),
  });
  registerChunkReads(app, { ...deps, chunkSpaces: store.chunkSpaces, allowAt: createAllowAt(guard) });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;

  return {
    ...authorOf(store),
    folder,
    store,
    chunks,
    deps,
    port,
    elsewhere,
    brought,
    damaged,
    hub,
    get: (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        redirect: 'manual',
        ...init,
        headers: { authorization: `Bearer ${token}`, ...init.headers },
      }),
    putChunks: ({ chunks: list, manifest }: TestContent) => chunks.putMany(manifest === null ? list : [...list, manifest]),
    /** Overwrites the stored file of a chunk. */
    damage: (hash: Hash) => writeFileSync(join(folder, 'chunks', hash.slice(0, 2), hash.slice(2)), randomBytes(1000)),
    close: async () => {
      await app.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
export type ReadingRegion = Awaited<ReturnType<typeof openReadingRegion>>;

const noFacts: FileFacts = { mediaType: null, modifiedMs: null };

/** Commits as the write path does, without it: the read side does not know the write side. */
function authorOf(store: ReturnType<typeof openRegionStore>) {
  let entries = 0;
  const header = (view: CommitView, entryId: EntryId) => ({
    dot: { replica: view.replica, counter: view.lastCounter + 1 },
    stamp: { ...tickClock(view.clock, Date.now()), replica: view.replica },
    context: { position: view.position, counter: view.lastCounter },
    entryId,
    author: { user: 'wei', device: 'desk', region },
  });
  const commit = (decide: (view: CommitView) => Operation, cut: TestContent | null, isKnown: boolean) =>
    store.commit({
      space,
      contents: cut === null || !isKnown ? [] : [{ content: cut.content, chunks: cut.list }],
      decide: (view) => [decide(view)],
    });
  const newId = (): EntryId => `entry-${++entries}` as EntryId;
  return {
    createFolder: async (name: string, parentId: EntryId = rootId): Promise<EntryId> => {
      const id = newId();
      await commit((view) => ({ type: 'create', kind: 'folder', parentId, name, ...header(view, id) }), null, false);
      return id;
    },
    /** `isKnown` false: the version came by the feed, and this region has not looked at its manifest. */
    createFile: async (
      name: string,
      cut: TestContent,
      options: { readonly parentId?: EntryId; readonly facts?: FileFacts; readonly isKnown?: boolean } = {},
    ): Promise<EntryId> => {
      const id = newId();
      const { parentId = rootId, facts = noFacts, isKnown = true } = options;
      await commit(
        (view) => ({ type: 'create', kind: 'file', parentId, name, content: cut.content, facts, ...header(view, id) }),
        cut,
        isKnown,
      );
      return id;
    },
    writeFile: async (id: EntryId, cut: TestContent): Promise<void> => {
      const entry = await store.entry(space, id);
      const base = entry?.heads.map((head) => head.dot) ?? [];
      const { content } = cut;
      await commit(
        (view) => ({ type: 'write', base, alsoIds: [], name: entry?.name ?? '', content, facts: noFacts, ...header(view, id) }),
        cut,
        true,
      );
    },
    deleteFile: async (id: EntryId): Promise<void> => {
      const entry = await store.entry(space, id);
      const heads = entry?.heads.map((head) => head.dot) ?? [];
      await commit((view) => ({ type: 'delete', base: heads, alsoIds: [], observed: [{ id, heads }], ...header(view, id) }), null, false);
    },
  };
}
