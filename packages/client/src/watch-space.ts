import { JzseError } from '@jzse/api';
import type { SpaceEvent } from '@jzse/api/edge';
import { TRPCClientError } from '@trpc/client';
import { backOffMs, pause } from './back-off.ts';
import type { EdgeTrpc } from './edge-client.ts';
import { codeOfStatus, isRetryable, toJzseError, unreachable } from './errors.ts';

const reconnect = { firstMs: 200, maxMs: 5_000 };

export interface WatchOptions {
  readonly onEvent: (event: SpaceEvent, id: string) => void;
  /** `true` when events flow, `false` when the connection was lost and is being made again. */
  readonly onLive?: (live: boolean) => void;
  /** From where to go on; absent: from now. */
  readonly lastEventId?: string;
  readonly signal: AbortSignal;
}

/**
 * Tells what changes in a space until the signal aborts, through any loss of the connection: it goes on where it stopped
 * (a `reset` event says that this was too long ago). Rejects only for what no retry cures: `unauthenticated`, `unknown-space`.
 */
export async function watchSpace(trpc: EdgeTrpc, space: string, options: WatchOptions): Promise<void> {
  let lastEventId = options.lastEventId ?? null;
  let attempt = 0;
  while (!options.signal.aborted) {
    const lost = await watchOnce(trpc, {
      space,
      lastEventId,
      signal: options.signal,
      onStarted: () => {
        attempt = 0;
        options.onLive?.(true);
      },
      onEvent: (id, event) => {
        lastEventId = id;
        options.onEvent(event, id);
      },
    });
    if (options.signal.aborted) return;
    if (!isRetryable(lost)) throw lost;
    options.onLive?.(false);
    await pause(backOffMs(attempt++, reconnect), options.signal);
  }
}

interface OneWatch {
  readonly space: string;
  readonly lastEventId: string | null;
  readonly signal: AbortSignal;
  readonly onStarted: () => void;
  readonly onEvent: (id: string, event: SpaceEvent) => void;
}

/** One connection; resolves with why it ended. The pace of new ones is decided above, not by the event source. */
function watchOnce(trpc: EdgeTrpc, watch: OneWatch): Promise<Error> {
  return new Promise((resolve) => {
    const end = (error: unknown) => {
      watch.signal.removeEventListener('abort', onAbort);
      subscription.unsubscribe();
      resolve(watchError(error));
    };
    const onAbort = () => end(watch.signal.reason);
    const subscription = trpc.watch.subscribe(
      { space: watch.space, lastEventId: watch.lastEventId },
      {
        onStarted: watch.onStarted,
        onData: ({ id, data }) => watch.onEvent(id, data as SpaceEvent),
        onConnectionStateChange: (state) => {
          if (state.state === 'connecting' && state.error !== null) queueMicrotask(() => end(state.error));
        },
        onError: (error) => queueMicrotask(() => end(error)),
        onComplete: () => queueMicrotask(() => end(new TRPCClientError('it ended the stream'))),
      },
    );
    watch.signal.addEventListener('abort', onAbort);
    if (watch.signal.aborted) onAbort();
  });
}

/** An event source says only a status, or why the network failed it; tRPC wraps that as a cause or takes it for its own error shape. */
function watchError(error: unknown): Error {
  if (!(error instanceof TRPCClientError) || error.data) return toJzseError(error);
  const event = [error.cause, error.shape].find((part) => part instanceof Event) as { readonly code?: number } | undefined;
  const status = event?.code ?? 0;
  if (status >= 400) return new JzseError(codeOfStatus(status), `watching was refused: ${error.message}`);
  return unreachable('the server', error);
}
