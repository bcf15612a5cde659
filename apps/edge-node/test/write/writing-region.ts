import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Committed, OpenRegionStore } from '@jzse/db/region';
import { openRegionStore } from '@jzse/db/region';
import { createGateway, createTokenGuard } from '@jzse/gateway';
import type { ChunkStore } from '@jzse/storage';
import { openDiskChunkStore } from '@jzse/storage';
import type { ChunkHashAndSize, Entry, Hash, SpaceId } from '@jzse/sync';
import { chunkSizes, entryId, findBoundary, regionId, replicaId, splitPath } from '@jzse/sync';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { createAllowAt } from '../../src/http/caller.ts';
import { registerChunkWrites } from '../../src/http/chunk-writes.ts';
import { registerFileWrites } from '../../src/http/put-file.ts';
import { registerTus } from '../../src/http/tus/register-tus.ts';
import { resumeUploads } from '../../src/write/resume-uploads.ts';
import { startSealThread } from '../../src/write/seal-thread.ts';
import type { WriteDeps } from '../../src/write/write-deps.ts';

export const space = 'demo' as SpaceId;
const token = 'test-token';
export const bearer = { authorization: `Bearer ${token}` };
export const tus = { ...bearer, 'tus-resumable': '1.0.0' };
export const part = { ...tus, 'content-type': 'application/offset+octet-stream' };

/** The write side of a region on real files and real HTTP. */
export interface WritingRegion {
  readonly url: string;
  readonly port: number;
  readonly deps: WriteDeps;
  readonly store: OpenRegionStore;
  readonly chunks: ChunkStore;
  readonly committed: Committed[];
  /** Closes the server and the stores; the files stay. */
  close(): Promise<void>;
}

export interface OpenOptions {
  readonly folder: string;
  readonly nowMs?: () => number;
  /** False: as before the first contact with the hub. */
  readonly isRegistered?: boolean;
  readonly chunks?: (chunks: ChunkStore) => ChunkStore;
}

export async function openWritingRegion(options: OpenOptions): Promise<WritingRegion> {
  const nowMs = options.nowMs ?? Date.now;
  mkdirSync(options.folder, { recursive: true });
  const store = openRegionStore({ file: join(options.folder, 'region.db'), nowMs });
  await store.createSpace(space);
  if (options.isRegistered !== false) await store.adoptReplica(regionId('beijing'), replicaId(regionId('beijing'), 1));
  const disk = await openDiskChunkStore({ folder: join(options.folder, 'chunks'), index: store.chunkIndex, onDamaged: () => undefined });
  const chunks = options.chunks?.(disk) ?? disk;
  const sealThread = startSealThread();
  const committed: Committed[] = [];
  const deps: WriteDeps = {
    store,
    chunks,
    sealThread,
    region: regionId('beijing'),
    nowMs,
    newEntryId: () => entryId(randomUUID()),
    newUploadId: randomUUID,
    checkCommit: () => undefined,
    checkRoom: () => undefined,
    committed: (_space, commit) => void committed.push(commit),
  };
  await resumeUploads(deps);
  const app = await openServer(deps);
  const { port } = app.server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    app.server.closeAllConnections();
    await app.close();
    await store.close();
    await sealThread.close();
  };
  return { url: `http://127.0.0.1:${port}`, port, deps, store, chunks, committed, close };
}

async function openServer(deps: WriteDeps): Promise<FastifyInstance> {
  const logger = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const guard = createTokenGuard(token);
  const app = await createGateway({ name: 'test', version: '0', guard, logger, ready: async () => null });
  await registerTus(app, { ...deps, allowAt: createAllowAt(guard) });
  registerFileWrites(app, deps);
  registerChunkWrites(app, deps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  return app;
}

export function temporaryFolder(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'jzse-write-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Repeats from the seed; no two seeds share a chunk. */
export function bytesOf(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = (seed * 0x9e3779b1) | 1;
  for (let at = 0; at + 4 <= length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
}

export const sha256 = (bytes: Uint8Array): Hash => createHash('sha256').update(bytes).digest('hex') as Hash;

/** The chunks that a content must have, by the plain definition. */
export function chunksOf(bytes: Uint8Array): ChunkHashAndSize[] {
  const chunks: ChunkHashAndSize[] = [];
  for (let start = 0; start < bytes.length; ) {
    const end = findBoundary(bytes, { start, end: Math.min(bytes.length, start + chunkSizes.max) }, start + chunkSizes.max >= bytes.length);
    chunks.push({ hash: sha256(bytes.subarray(start, end)), size: end - start });
    start = end;
  }
  return chunks;
}

export const entryAt = (region: WritingRegion, path: string): Promise<Entry | null> => region.store.entryAtPath(space, splitPath(path));

/** The bytes of the version that is shown, put together from its chunks; null if there is no such file. */
export async function contentAt(region: WritingRegion, path: string): Promise<Buffer | null> {
  const content = (await entryAt(region, path))?.heads[0]?.content;
  if (content === undefined) return null;
  const chunks = (await region.store.chunksOf(content)) ?? [];
  const bytes = await Promise.all(chunks.map((chunk) => region.chunks.get(chunk.hash)));
  const whole = Buffer.concat(bytes.map((chunk) => chunk ?? Buffer.from('missing')));
  if (sha256(whole) !== content.hash || whole.length !== content.size) throw new Error(`the bytes at ${path} are not those of its version`);
  return whole;
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** What no HTTP client sends: bytes written as they are; `end` closes our side after them. */
export function sendRaw(port: number, bytes: string | Buffer, options: { readonly end?: boolean } = {}): Promise<RawAnswer | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (/^HTTP\/1\.1 (?!100)\d{3}/.test(answer) && answer.includes('\r\n\r\n')) socket.end();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
      resolve(answer === '' ? null : { status: Number(answer.slice(9, 12)), head, body });
    });
    socket.write(bytes);
    if (options.end === true) socket.end();
  });
}

export const metadata = (entries: Record<string, string>): string =>
  Object.entries(entries)
    .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
    .join(',');

/** Makes an upload; answers its address. */
export async function createUpload(
  region: WritingRegion,
  options: { readonly length: number | null; readonly meta?: Record<string, string>; readonly headers?: Record<string, string> },
): Promise<string> {
  const response = await fetch(`${region.url}/tus`, {
    method: 'POST',
    headers: {
      ...tus,
      ...(options.length === null ? { 'upload-defer-length': '1' } : { 'upload-length': String(options.length) }),
      'upload-metadata': metadata(options.meta ?? { space, path: '/file' }),
      ...options.headers,
    },
  });
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return region.url + response.headers.get('location');
}

export const patch = (
  address: string,
  sent: { readonly offset: number; readonly body: Uint8Array; readonly headers?: Record<string, string> },
): Promise<Response> =>
  fetch(address, {
    method: 'PATCH',
    headers: { ...part, 'upload-offset': String(sent.offset), ...sent.headers },
    body: Buffer.from(sent.body),
  });

export const codeOf = async (response: Response): Promise<string> => ((await response.json()) as { code: string }).code;
