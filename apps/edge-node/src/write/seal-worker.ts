import type { Hash as Digest } from 'node:crypto';
import { createHash } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import { letGo } from '@jzse/storage';
import { cutAndHash } from './cut-and-hash.ts';
import type { SealReply, SealRequest } from './seal-messages.ts';

/** Runs in a thread of its own: the two hot loops of every large upload, away from the event loop that serves people. */
const wholes = new Map<number, Digest>();

parentPort?.on('message', (request: SealRequest) => {
  let reply: SealReply;
  try {
    reply = { id: request.id, result: answer(request) };
  } catch (cause) {
    reply = { id: request.id, failure: cause instanceof Error ? cause.message : String(cause) };
  }
  parentPort?.postMessage(reply);
});

function answer(request: SealRequest): NonNullable<SealReply['result']> | null {
  const whole = wholes.get(request.content) ?? createHash('sha256');
  wholes.set(request.content, whole);
  switch (request.type) {
    case 'cut': {
      const chunks = cutAndHash(request.bytes, request.atEnd);
      whole.update(request.bytes.subarray(0, chunks.at(-1)?.end ?? 0));
      return chunks;
    }
    case 'count':
      whole.update(request.bytes);
      letGo(request.bytes);
      return null;
    case 'digest':
      return whole.copy().digest('hex');
    case 'forget':
      wholes.delete(request.content);
      return null;
  }
}
