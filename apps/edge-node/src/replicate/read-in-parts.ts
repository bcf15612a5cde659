import type { Readable } from 'node:stream';

/** Bytes that wait for their reader; then the sender waits. */
const waitingBytesMax = 1024 * 1024;

/**
 * The parts of a body as the network cut them, those that arrived together at once. Reading the stream itself would join them
 * into new memory first. Destroys the body when the reader leaves early; rejects with what cut it short.
 */
export async function* readInParts(body: Readable): AsyncGenerator<readonly Buffer[], void, undefined> {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let end: { readonly cause: unknown } | null = null;
  let wake = (): void => undefined;
  const finish = (cause: unknown): void => {
    end ??= { cause };
    wake();
  };
  body.on('data', (part: Buffer) => {
    waiting.push(part);
    waitingBytes += part.length;
    if (waitingBytes >= waitingBytesMax) body.pause();
    wake();
  });
  body.on('end', () => finish(null));
  body.on('error', finish);
  body.on('close', () => finish(new Error('the connection was closed')));
  try {
    for (;;) {
      const parts = waiting;
      waiting = [];
      waitingBytes = 0;
      if (parts.length > 0) {
        if (body.isPaused()) body.resume();
        yield parts;
        continue;
      }
      const ended = end as { readonly cause: unknown } | null;
      if (ended !== null) {
        if (ended.cause !== null) throw ended.cause;
        return;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    body.destroy();
  }
}
