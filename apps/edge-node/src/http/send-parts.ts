import { once } from 'node:events';
import { letGo } from '@jzse/storage';
import type { FastifyReply } from 'fastify';

/**
 * Answers with the status and headers that are set and with these bytes, one part after the other; the reader sets the pace.
 * Each part's memory is freed as soon as the kernel has it. The first part was asked for before: what fails later cuts the
 * connection, which the reader can tell from an end. Ends the parts early when the reader goes away.
 */
export function sendParts(reply: FastifyReply, parts: AsyncIterable<Uint8Array>): FastifyReply {
  reply.hijack();
  writeParts(reply, parts).catch((cause: unknown) => {
    reply.log.warn({ err: cause }, 'an answer was cut short');
    reply.raw.destroy();
  });
  return reply;
}

async function writeParts(reply: FastifyReply, parts: AsyncIterable<Uint8Array>): Promise<void> {
  const { raw } = reply;
  raw.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
  const left = new AbortController();
  raw.once('close', () => left.abort());
  for await (const bytes of parts) {
    if (raw.destroyed) return;
    const isRoom = raw.write(bytes, (failure) => {
      // After a failure the kernel may still be looking at it.
      if (failure == null) letGo(bytes);
    });
    if (!isRoom) await once(raw, 'drain', { signal: left.signal }).catch(() => undefined);
  }
  raw.end();
}
