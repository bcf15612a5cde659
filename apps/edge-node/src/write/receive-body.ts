import type { Readable } from 'node:stream';
import { letGo } from '@jzse/storage';

/** `cut-short`: the sender went away before the end. `stopped`: the signal said so. */
export type Received = 'whole' | 'cut-short' | 'stopped';

/**
 * Feeds a body to `take`, which answers a promise when the sender is to wait. Rejects with what `take` throws.
 * The stream is never destroyed: an answer can still be sent. What is not taken is discarded as it arrives.
 */
export function receiveBody(
  body: Readable,
  options: {
    readonly take: (bytes: Buffer) => Promise<void> | null;
    readonly stop?: AbortSignal;
    /** `take` keeps no reference to what it is given: its memory goes back at once. */
    readonly isCopied?: boolean;
  },
): Promise<Received> {
  const { stop } = options;
  const take = options.isCopied === true ? takeAndFree(options.take) : options.take;
  if (body.destroyed) return Promise.resolve(body.readableEnded ? 'whole' : 'cut-short');
  return new Promise((resolve, reject) => {
    let taking: Promise<void> | null = null;
    const settle = (end: () => void): void => {
      body.off('data', onData).off('end', onEnd).off('close', onClose);
      stop?.removeEventListener('abort', onStop);
      body.resume();
      // Bytes that `take` is still busy with belong to what was received.
      if (taking === null) end();
      else taking.then(end, reject);
    };
    const fail = (cause: unknown): void => {
      taking = null;
      settle(() => reject(cause));
    };
    const onData = (bytes: Buffer): void => {
      try {
        taking = take(bytes);
      } catch (cause) {
        return fail(cause);
      }
      if (taking === null) return;
      body.pause();
      taking.then(() => {
        taking = null;
        body.resume();
      }, fail);
    };
    const onEnd = (): void => settle(() => resolve('whole'));
    const onClose = (): void => settle(() => resolve('cut-short'));
    const onStop = (): void => settle(() => resolve('stopped'));
    // A sender that goes away is an error of the stream, then a close; an error without a listener would end the process.
    body.on('error', () => undefined);
    body.on('data', onData).on('end', onEnd).on('close', onClose);
    if (stop?.aborted === true) onStop();
    else stop?.addEventListener('abort', onStop);
  });
}

function takeAndFree(take: (bytes: Buffer) => Promise<void> | null): (bytes: Buffer) => Promise<void> | null {
  return (bytes) => {
    const taking = take(bytes);
    if (taking !== null) return taking.then(() => letGo(bytes));
    letGo(bytes);
    return null;
  };
}
