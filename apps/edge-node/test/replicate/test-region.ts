import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFrameHeader } from '@jzse/api';
import { type OpenRegionStore, openRegionStore } from '@jzse/db/region';
import { type ChunkStore, openDiskChunkStore } from '@jzse/storage';
import { type Content, entryId, type Hash, type Operation, type RegionId, rootId, type SpaceId, tickClock, winner } from '@jzse/sync';
import { pino } from 'pino';
import type { HubPort } from '../../src/replicate/hub-port.ts';
import { createRemoteChunkReader, openRegionConnections } from '../../src/replicate/read-remote-chunks.ts';
import { type Replication, startReplication } from '../../src/replicate/start-replication.ts';
import type { TestContent } from './test-content.ts';

/** What a region does with a chunk that is asked of it; null: it says that it has it not, 'die': it cuts the connection. */
export type ServeChunk = (hash: Hash, bytes: Uint8Array | null) => Uint8Array | null | 'die';

/** A region with a real metadata store, a real chunk store, and real HTTP for its chunks. */
export interface TestRegion {
  readonly id: RegionId;
  readonly url: string;
  readonly store: OpenRegionStore;
  readonly chunks: ChunkStore;
  readonly replication: Replication;
  readonly events: { changed: number; held: number; damaged: Hash[] };
  /** Hashes asked of it, request by request. */
  readonly asked: Hash[][];
  serve: ServeChunk;
  /** Commits files of the top folder in one transaction, as the write path does. */
  write(space: SpaceId, files: readonly { readonly name: string; readonly content: TestContent }[]): Promise<void>;
  /** Shown names with the first hex digits of what is shown. */
  shown(space: SpaceId): Promise<string[]>;
  holds(content: Content): Promise<boolean>;
  stop(): Promise<void>;
}

export interface TestRegionOptions {
  readonly id: string;
  readonly hub: HubPort;
  /** Given: it stays when the region stops, so that the region can start again. */
  readonly folder?: string;
}

export async function startTestRegion(options: TestRegionOptions): Promise<TestRegion> {
  const id = options.id as RegionId;
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), `jzse-${id}-`)));
  await mkdir(folder, { recursive: true });
  const events = { changed: 0, held: 0, damaged: [] as Hash[] };
  const store = openRegionStore({ file: join(folder, 'region.db'), nowMs: Date.now });
  const chunks = await openDiskChunkStore({
    folder: join(folder, 'chunks'),
    index: store.chunkIndex,
    onDamaged: (hash) => void events.damaged.push(hash),
  });
  const served = { serve: ((_hash, bytes) => bytes) as ServeChunk, asked: [] as Hash[][] };
  const server = createServer((request, response) => void answerChunks({ chunks, served }, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dispatcher = openRegionConnections();
  const replication = await startReplication({
    region: id,
    url,
    store,
    chunks,
    hub: options.hub,
    readRemote: createRemoteChunkReader({ dispatcher, proof: async () => 'token' }),
    nowMs: Date.now,
    logger: pino({ level: process.env['JZSE_TEST_LOG'] ?? 'silent' }),
    readDisk: async () => ({ freeBytes: 1_000_000, totalBytes: 2_000_000 }),
    changed: (_space, entries) => {
      events.changed += entries.length;
    },
    held: (_space, hashes) => {
      events.held += hashes.length;
    },
  });
  return {
    id,
    url,
    store,
    chunks,
    replication,
    events,
    asked: served.asked,
    get serve() {
      return served.serve;
    },
    set serve(serve) {
      served.serve = serve;
    },
    write: async (space, files) => {
      await chunks.putMany(files.flatMap((file) => file.content.stored));
      await store.commit({
        space,
        contents: files.map((file) => file.content),
        decide: (view) => {
          let counter = view.lastCounter;
          let clock = view.clock;
          return files.map(({ name, content }): Operation => {
            clock = tickClock(clock, Date.now());
            const header = {
              dot: { replica: view.replica, counter: ++counter },
              stamp: { ...clock, replica: view.replica },
              context: { position: view.position, counter: counter - 1 },
              author: { user: 'u', device: 'd', region: id },
            };
            const facts = { mediaType: null, modifiedMs: null };
            const made = {
              ...header,
              entryId: entryId(`${view.replica}-${counter}`),
              parentId: rootId,
              name,
              content: content.content,
              facts,
            };
            return { type: 'create', kind: 'file', ...made };
          });
        },
      });
      replication.outboxChanged(space);
    },
    shown: async (space) => {
      const names: string[] = [];
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof store.listFolder>> = await store.listFolder(space, rootId, { after, limit: 1000 });
        names.push(...page.items.map((entry) => `${entry.name}:${winner(entry)?.content.hash.slice(0, 8)}`));
        after = page.next;
      } while (after !== null);
      return names;
    },
    holds: (content) => store.isHeld(content.hash),
    stop: async () => {
      await replication.stop();
      await dispatcher.destroy();
      await closeServer(server);
      await store.close();
      if (options.folder === undefined) await rm(folder, { recursive: true });
    },
  };
}

async function answerChunks(
  region: { readonly chunks: ChunkStore; readonly served: { readonly serve: ServeChunk; readonly asked: Hash[][] } },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body: Buffer[] = [];
  for await (const data of request) body.push(data as Buffer);
  const { hashes } = JSON.parse(Buffer.concat(body).toString()) as { readonly hashes: readonly Hash[] };
  region.served.asked.push([...hashes]);
  response.writeHead(200, { 'content-type': 'application/octet-stream' });
  for (const hash of hashes) {
    const bytes = region.served.serve(hash, await region.chunks.get(hash));
    if (bytes === 'die') {
      response.destroy();
      return;
    }
    response.write(encodeFrameHeader(hash, bytes?.length ?? null));
    if (bytes !== null) response.write(bytes);
  }
  response.end();
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
