import { type ChunkFrame, createFrameParser, type FrameParser } from '@jzse/api';
import { traceHeaders } from '@jzse/gateway';
import { letGo } from '@jzse/storage';
import type { Hash, SpaceId } from '@jzse/sync';
import { Agent, type Dispatcher } from 'undici';
import { readInParts } from './read-in-parts.ts';

/** Asks another region for chunks. Yields frames as they arrive; hashes are not checked here. Throws when the region fails. */
export type RemoteChunkReader = (request: RemoteRead) => AsyncIterable<readonly ChunkFrame[]>;
export interface RemoteRead {
  readonly url: string;
  readonly space: SpaceId;
  readonly hashes: readonly Hash[];
  readonly signal?: AbortSignal | undefined;
}

/** Hashes in one request; the other side refuses more. */
export const remoteReadHashesMax = 1024;

const connectionsPerRegionMax = 16;
const connectTimeoutMs = 3_000;
/** A region begins to answer within this time, or another holder is asked: whoever waits for a dead one waits so long. */
const answerTimeoutMs = 3_000;
/** Silence in the middle of an answer after which a region counts as vanished. */
const silenceTimeoutMs = 10_000;

/** Keep-alive connections to the other regions. */
export const openRegionConnections = (): Dispatcher =>
  new Agent({
    connections: connectionsPerRegionMax,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: answerTimeoutMs,
    bodyTimeout: silenceTimeoutMs,
    keepAliveTimeout: 30_000,
  });

/** `proof`: that this region may have chunks of the space. */
export function createRemoteChunkReader(options: {
  readonly dispatcher: Dispatcher;
  readonly proof: (space: SpaceId) => Promise<string>;
}): RemoteChunkReader {
  return async function* readRemoteChunks({ url, space, hashes, signal }) {
    const response = await options.dispatcher.request({
      origin: new URL(url).origin,
      path: '/chunks/read',
      method: 'POST',
      headers: {
        ...traceHeaders(),
        authorization: `Bearer ${await options.proof(space)}`,
        'content-type': 'application/json',
        accept: 'application/octet-stream',
      },
      body: JSON.stringify({ space, hashes }),
      signal: signal ?? null,
    });
    if (response.statusCode !== 200) {
      await response.body.dump({ limit: 16 * 1024 });
      throw new Error(`${url} answered ${response.statusCode} to a chunk read`);
    }
    const parser = createFrameParser();
    for await (const parts of readInParts(response.body)) {
      const frames = parts.flatMap((part) => parseAndLetGo(parser, part));
      if (frames.length > 0) yield frames;
    }
    parser.finish();
  };
}

/** Small frames share the memory of the part; large ones were copied out of it. */
function parseAndLetGo(parser: FrameParser, part: Buffer): ChunkFrame[] {
  const frames = parser.push(part);
  if (frames.every(({ bytes }) => bytes?.buffer !== part.buffer)) letGo(part);
  return frames;
}
