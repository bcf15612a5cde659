import { encodeFrameHeader, JzseError } from '@jzse/api';
import type { ChunkSpaces, RegionStore } from '@jzse/db/region';
import type { ChunkStore } from '@jzse/storage';
import type { Hash, SpaceId } from '@jzse/sync';
import { isHash, isSlug } from '@jzse/sync';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { remoteReadHashesMax } from '../replicate/read-remote-chunks.ts';
import type { AllowAt } from './caller.ts';
import { sendParts } from './send-parts.ts';

export interface ChunkReadDeps {
  readonly store: Pick<RegionStore, 'listSpaces'>;
  readonly chunks: Pick<ChunkStore, 'get'>;
  /** A chunk of another space is as good as none. */
  readonly chunkSpaces: ChunkSpaces;
  readonly allowAt: AllowAt;
}

/** Small frames are put together up to this size before they are sent. */
const writeBytes = 128 * 1024;
/** Chunks read ahead of the receiver; bounds the memory of one answer to as many chunks. */
const readAheadChunksMax = 8;

const bodySchema = z.object({
  space: z.string().refine(isSlug),
  hashes: z.array(z.string().refine(isHash)).max(remoteReadHashesMax),
});

/**
 * `POST /chunks/read`: the chunks that another region asks for, as frames, in the order asked; verified as they are read.
 * What is not here is an absent frame. A failing disk cuts the stream, which the other side sees as such.
 */
export function registerChunkReads(app: FastifyInstance, deps: ChunkReadDeps): void {
  app.post('/chunks/read', { config: { access: { who: 'signed-in' } } }, async (request, reply) => {
    const parsed = bodySchema.safeParse(request.body);
    if (!parsed.success) {
      throw new JzseError('invalid-input', `send {"space": …, "hashes": […]} with at most ${remoteReadHashesMax} hashes as JSON`);
    }
    const space = parsed.data.space as SpaceId;
    // By hash anything of the space can be had: who may read only a folder of it asks for files.
    await deps.allowAt(request, 'read', { space, path: null });
    if (!(await deps.store.listSpaces()).includes(space)) {
      throw new JzseError('unknown-space', `this region has no space "${space}"`, { detail: { space } });
    }
    const frames = framesOf(
      { get: async (hash) => (deps.chunkSpaces.has(space, hash) ? deps.chunks.get(hash) : null) },
      parsed.data.hashes as Hash[],
    );
    return sendParts(reply.header('content-type', 'application/octet-stream'), frames);
  });
}

async function* framesOf(chunks: Pick<ChunkStore, 'get'>, hashes: readonly Hash[]): AsyncGenerator<Uint8Array, void, undefined> {
  let small: Uint8Array[] = [];
  let smallBytes = 0;
  for await (const { hash, bytes } of readInOrder(chunks, hashes)) {
    small.push(encodeFrameHeader(hash, bytes?.length ?? null));
    const length = bytes?.length ?? 0;
    if (bytes !== null && length < writeBytes) small.push(bytes);
    smallBytes += length < writeBytes ? length : 0;
    if (smallBytes < writeBytes && length < writeBytes) continue;
    yield Buffer.concat(small);
    // A large chunk goes out as it was read, uncopied.
    if (bytes !== null && length >= writeBytes) yield bytes;
    small = [];
    smallBytes = 0;
  }
  if (small.length > 0) yield Buffer.concat(small);
}

async function* readInOrder(chunks: Pick<ChunkStore, 'get'>, hashes: readonly Hash[]) {
  const ahead: { readonly hash: Hash; readonly bytes: Promise<Uint8Array | null> }[] = [];
  const rest = hashes.values();
  const readAhead = (): void => {
    while (ahead.length < readAheadChunksMax) {
      const { value: hash, done } = rest.next();
      if (done === true) return;
      const bytes = chunks.get(hash);
      bytes.catch(() => {});
      ahead.push({ hash, bytes });
    }
  };
  readAhead();
  for (let first = ahead.shift(); first !== undefined; first = ahead.shift()) {
    readAhead();
    yield { hash: first.hash, bytes: await first.bytes };
  }
}
