import type { Readable } from 'node:stream';
import type { ChunkFrame } from '@jzse/api';
import { createFrameParser, InvalidFrames, JzseError } from '@jzse/api';
import { type Chunk, type ChunkStore, letGo } from '@jzse/storage';
import type { FastifyInstance } from 'fastify';
import { sha256 } from '../write/cut-and-hash.ts';
import { receiveBody } from '../write/receive-body.ts';
import { writing } from '../write/write-errors.ts';
import { leaveBodiesUnread } from './raw-bodies.ts';

export interface ChunkWriteDeps {
  readonly chunks: Pick<ChunkStore, 'putMany'>;
}

/** Chunks are put when so many bytes, or so many of them, have come; the sender waits meanwhile. Bounds the memory of a request. */
const batchBytes = 4 * 1024 * 1024;
const batchChunksMax = 1024;

/**
 * `POST /chunks/write`: frames as `/chunks/read` sends them; 204 when all of them are flushed. Each is verified; at the
 * first wrong one the request is refused with 460, and none of it is promised. A commit must name them soon, or they are collected.
 */
export function registerChunkWrites(app: FastifyInstance, deps: ChunkWriteDeps): void {
  app.register(async (scope) => {
    leaveBodiesUnread(scope);
    scope.post('/chunks/write', { config: { access: { who: 'writer' } } }, async (request, reply) => {
      await writing(() => takeFrames(deps, request.raw));
      return reply.code(204).send();
    });
  });
}

async function takeFrames(deps: ChunkWriteDeps, body: Readable): Promise<void> {
  const parser = createFrameParser();
  let batch: Chunk[] = [];
  let bytes = 0;
  const put = async (): Promise<void> => {
    const chunks = batch;
    batch = [];
    bytes = 0;
    if (chunks.length > 0) await deps.chunks.putMany(chunks);
    for (const chunk of chunks) letGo(chunk.bytes);
  };
  const received = await receiveBody(body, {
    take: (data) => {
      const arrived = framesIn(() => parser.push(data)).map(verified);
      for (const chunk of arrived) bytes += chunk.bytes.length;
      batch.push(...arrived);
      // Small frames share the memory of the part; large ones were copied out of it.
      if (arrived.every((chunk) => chunk.bytes.buffer !== data.buffer)) letGo(data);
      return bytes >= batchBytes || batch.length >= batchChunksMax ? put() : null;
    },
  });
  if (received !== 'whole') throw new JzseError('length-mismatch', 'the body was shorter than announced');
  framesIn(() => parser.finish());
  await put();
}

function framesIn<T>(parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (!(cause instanceof InvalidFrames)) throw cause;
    throw new JzseError('invalid-input', `the body is not made of chunk frames: ${cause.message}`, { cause });
  }
}

function verified({ hash, bytes }: ChunkFrame): Chunk {
  if (bytes === null || bytes.length === 0) throw new JzseError('invalid-input', 'a chunk that is written must have bytes');
  if (sha256(bytes) !== hash) throw new JzseError('checksum-mismatch', 'the bytes of a chunk do not have its hash', { detail: { hash } });
  return { hash, bytes };
}
